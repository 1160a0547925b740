"""The GraphQL documents of the story, as a partner would write them. A test validates each against the schema.

Add the next one as a constant in capitals.
"""

IMPORTS = "query Imports { importBatches(first: 1) { totalCount } }"

EVENTS = """query Events($after: String!, $creditCode: String, $types: [String!]) {
  events(first: 100, after: $after, creditCode: $creditCode, types: $types) {
    nodes { cursor type subject recordId owner { id } payload }
  }
}"""

FOLLOW = """subscription Follow($after: String!) {
  eventPublished(after: $after) {
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

PUBLISH_APPOINTMENT = """mutation Appoint($input: AppointmentInput!) {
  appointmentPublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

PUBLISH_ENGINEER = """mutation Register($input: AssistantSafetyEngineerInput!) {
  assistantSafetyEngineerPublish(input: $input) { outcome recordId userErrors { code field message } }
}"""

PUBLISH_RULE = """mutation Rule($input: RecognitionRuleInput!) {
  recognitionRulePublish(input: $input) { identifier version userErrors { code field message } }
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

REVIEW = "query Review($id: ID!) { review(id: $id) { id } }"

FLAG = """query Flag($id: ID!) {
  riskFlag(id: $id) {
    decisionNumber isCurrent liftedOn
    reviews(first: 10) { nodes { authority { id } state outcome decisionReason decidedOn causeLiftedOn } }
  }
}"""

DECIDE = """mutation Decide($input: ReviewDecideInput!) {
  reviewDecide(input: $input) { review { state outcome version } userErrors { code field } }
}"""

LIFT = """mutation Lift($input: RiskFlagLiftInput!) {
  riskFlagLift(input: $input) { riskFlag { id isCurrent liftedOn } userErrors { code field } }
}"""

RUN_CLOCK = "mutation Clock($day: Date!) { clockRun(day: $day) { day expired reviewLapsed } }"

PERSON = """query Person($idNumber: String!, $asOf: Date) {
  person(by: { idNumber: $idNumber }, asOf: $asOf) {
    id
    certificates(first: 10) { nodes { kind status validTo reviewDueOn } }
    reviews(first: 10, handling: FOR_FOLLOW_UP) { nodes { rule reason dueOn authority { id } causeAuthority { id } } }
  }
}"""

RECOGNISE = """query Recognise($input: RecognitionInput!) {
  recognition(input: $input) {
    verdict reasons ruleIdentifier ruleVersion mode followUp decisionWorkdays
    conditions { condition outcome reason message basis nextStep values { name value } }
  }
}"""
