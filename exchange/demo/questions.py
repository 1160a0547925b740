"""The GraphQL documents of the story, as a partner would write them. A test validates each against the schema.

Add the next one as a constant in capitals.
"""

IMPORTS = "query Imports { importBatches(first: 1) { totalCount } }"

EVENTS = """query Events($after: String!, $creditCode: String, $types: [String!]) {
  events(first: 100, after: $after, creditCode: $creditCode, types: $types) {
    nodes { cursor type subject recordId owner { id } payload }
  }
}"""

FOLLOW = """subscription Follow($after: String!, $types: [String!]) {
  eventPublished(after: $after, types: $types) {
    cursor type subject owner { id } enterprise { creditCode } flag { decisionNumber severity isCurrent } payload
  }
}"""

PUBLISH_GRADING = """mutation Grade($input: RiskGradingInput!) {
  riskGradingPublish(input: $input) { outcome version recordId userErrors { code field message } }
}"""

PUBLISH_FLAG = """mutation Flag($input: RiskFlagInput!) {
  riskFlagPublish(input: $input) { outcome version recordId userErrors { code field message } }
}"""

PUBLISH_MATTER = """mutation File($input: ProjectApprovalInput!) {
  projectApprovalPublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

PUBLISH_PROFILE = """mutation Profile($input: EnterpriseProfileInput!) {
  enterpriseProfilePublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

PUBLISH_APPOINTMENT = """mutation Appoint($input: AppointmentInput!) {
  appointmentPublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

PUBLISH_ENGINEER = """mutation Register($input: AssistantSafetyEngineerInput!) {
  assistantSafetyEngineerPublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

SIMULATE_RULE = """query Simulate($input: RecognitionRuleInput!) {
  recognitionSimulation(input: $input) {
    simulation { judged newlyAccepted newlyRefused examples { certificateId before after } }
    userErrors { code field message }
  }
}"""

RULES = "query Rules($on: Date) { recognitionRules(on: $on) { identifier version basis } }"

FIRM = """query Firm($creditCode: String!) {
  enterprise(creditCode: $creditCode) {
    name
    grading { band previousBand }
    matters(first: 10) { nodes { caseNumber } }
    reviews(first: 10, handling: FOR_FOLLOW_UP) {
      nodes {
        id rule state version reason openedOn dueOn isDueEstimated isOverdue causeLiftedOn outcome
        authority { id } causeAuthority { id } flag { id decisionNumber isCurrent } matter { caseNumber }
      }
    }
    current: flags(first: 10, isCurrent: true) { nodes { id decisionNumber category } }
    lifted: flags(first: 10, isCurrent: false) { nodes { id decisionNumber isCurrent liftedOn liftReason } }
  }
}"""

REVIEW = """query Review($id: ID!, $asOf: Date) {
  review(id: $id, asOf: $asOf) { id state version isOverdue escalatedOn superior { id } }
}"""

THREAD = """query Thread($id: ID!) {
  review(id: $id) {
    thread(first: 20) { nodes {
      id step authority { id } question answer requestId outcome text evidence { name size sha256 content }
    } }
  }
}"""

GATE = """mutation Gate($input: GateCheckInput!) {
  gateCheck(input: $input) {
    gateCheck {
      receiptNumber verdict validUntil reasons { code verdict message basis exitCondition authority recordId }
    }
    userErrors { code field message }
  }
}"""

RECEIPT = "query Receipt($number: String!) { gateReceipt(receiptNumber: $number) { verdict reasons { code } } }"

SCOREBOARD = """query Scoreboard($month: String!, $authority: String) {
  scoreboard(month: $month, authority: $authority) { authority figures { measure numerator denominator colour } }
}"""

SCOREBOARD_ROWS = """query Facts($month: String!, $measure: ScoreboardMeasure!, $after: String) {
  scoreboardRows(month: $month, measure: $measure, first: 100, after: $after) {
    nodes { amount reviewId } pageInfo { hasNextPage endCursor }
  }
}"""

FLAG = """query Flag($id: ID!) {
  riskFlag(id: $id) {
    decisionNumber isCurrent liftedOn
    reviews(first: 10) { nodes { authority { id } state outcome decisionReason decidedOn causeLiftedOn } }
  }
}"""


def _step(name: str) -> str:
    return f"""mutation {name}($input: Review{name}Input!) {{
  review{name}(input: $input) {{ review {{ state outcome version }} userErrors {{ code field }} }}
}}"""


ACCEPT, ASK, ANSWER, ATTACH, DECIDE, REMIND = map(
    _step, ("Accept", "RequestInformation", "GiveInformation", "AttachEvidence", "Decide", "Remind")
)

LIFT = """mutation Lift($input: RiskFlagLiftInput!) {
  riskFlagLift(input: $input) { riskFlag { id isCurrent liftedOn } userErrors { code field } }
}"""

RUN_CLOCK = "mutation Clock($day: Date!) { clockRun(day: $day) { day expired reviewLapsed reviewEscalated } }"

PERSON = """query Person($idNumber: String!, $asOf: Date) {
  person(by: { idNumber: $idNumber }, asOf: $asOf) {
    id
    certificates(first: 10) { nodes { kind status validTo reviewDueOn } }
    reviews(first: 10, handling: FOR_FOLLOW_UP) {
      nodes { id rule reason dueOn isOverdue version authority { id } causeAuthority { id } }
    }
  }
}"""

RECOGNISE = """query Recognise($input: RecognitionInput!) {
  recognition(input: $input) {
    verdict certificateId reasons ruleIdentifier ruleVersion mode followUp decisionWorkdays
    conditions { condition outcome reason message basis nextStep values { name value } }
  }
}"""

CONFIRM = """mutation Confirm($input: RecognitionInput!) {
  recognitionConfirm(input: $input) {
    confirmation { number state verdict validUntil certificateId receipt } userErrors { code field message }
  }
}"""

CONFIRMATION = """query Confirmation($number: String!) {
  confirmation(number: $number) {
    number state verdict isAccepted confirmedVerdict receiptFile changes { condition before outcome reason }
  }
}"""

SHOW_CODE = """mutation Show($input: SafetyCodeInput!) {
  safetyCode(input: $input) { url svg safetyCode { id expiresAt } userErrors { code field message } }
}"""
