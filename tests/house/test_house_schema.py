"""The GraphQL face: printed as committed, described in Chinese then English, and answered field by field."""

from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_specified_scalar_type
from graphql.type import is_introspection_type

from exchange.dossiers import WORST_FIRST
from exchange.engine.mixed import BY_TYPE
from exchange.engine.parts import Group, Many, One
from exchange.engine.roots import ROOTS
from exchange.engine.shapes import SHAPES
from exchange.hub import Hub
from schema.graphql import build, printed
from schema.graphql.inputs import mutation_name
from schema.kinds import KINDS

HOUSE = Path(__file__).parents[2]
SCHEMA = build()
TYPES = {
    name: one
    for name, one in SCHEMA.type_map.items()
    if not is_introspection_type(one) and not is_specified_scalar_type(one)
}


def test_the_committed_sdl_is_the_one_that_is_served() -> None:
    assert (HOUSE / "schema" / "schema.graphql").read_text("utf-8") == printed()


def described() -> dict[str, str | None]:
    """Every type, field, argument, input field and enum value with its description."""
    found: dict[str, str | None] = {}
    for name, one in TYPES.items():
        found[name] = one.description
        if isinstance(one, GraphQLEnumType):
            found.update({f"{name}.{value}": it.description for value, it in one.values.items()})
        if isinstance(one, GraphQLObjectType | GraphQLInputObjectType):
            found.update({f"{name}.{field}": it.description for field, it in one.fields.items()})
        if isinstance(one, GraphQLObjectType):
            found.update({
                f"{name}.{field}({argument})": it.description
                for field, definition in one.fields.items() for argument, it in definition.args.items()
            })  # fmt: skip
    return found


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def test_everything_is_described_in_chinese_and_then_in_english() -> None:
    """An abbreviation may come first (ID, GB/T 2260); the English words follow the Chinese."""
    wrong = []
    for name, text in described().items():
        chinese = [place for place, letter in enumerate(text or "") if _is_chinese(letter)]
        is_first = bool(chinese) and not (text or "")[: chinese[0]].strip().islower() and chinese[0] <= 12
        has_english = bool(chinese) and any(
            letter.isascii() and letter.isalpha() for letter in (text or "")[chinese[0] :]
        )
        if not (is_first and has_english):
            wrong.append((name, text))
    assert wrong == []


def _page_types() -> set[str]:
    return {"PageInfo", *(name for name in TYPES if name.endswith(("Connection", "Edge")))}


def test_every_stored_field_of_the_sdl_has_its_piece_of_sql_and_none_is_left_over() -> None:
    for name, shape in SHAPES.items():
        made = TYPES[name]
        assert isinstance(made, GraphQLObjectType)
        assert set(shape.fields) == set(made.fields), name


def test_every_relation_leads_to_the_type_the_sdl_says() -> None:
    for name, shape in SHAPES.items():
        for field, part in shape.fields.items():
            made = TYPES[name]
            assert isinstance(made, GraphQLObjectType)
            wanted = get_named_type(made.fields[field].type).name
            if isinstance(part, One | Group):
                assert wanted == part.shape, f"{name}.{field}"
            if isinstance(part, Many):
                assert wanted == f"{part.shape}Connection", f"{name}.{field}"
                assert set(made.fields[field].args) - {"first", "after"} <= set(part.filters), f"{name}.{field}"


def test_every_root_field_is_stored_or_a_method_of_the_hub() -> None:
    query, mutation = SCHEMA.query_type, SCHEMA.mutation_type
    assert query is not None
    assert mutation is not None
    computed = {name for name in query.fields if hasattr(Hub, _snake(name))}
    assert set(ROOTS) | computed == set(query.fields)
    assert set(ROOTS) & computed == set()
    published = {mutation_name(kind) for kind in KINDS}
    assert {_snake(name) for name in mutation.fields if not hasattr(Hub, _snake(name))} == published


def test_every_argument_of_a_stored_root_field_has_its_condition() -> None:
    query = SCHEMA.query_type
    assert query is not None
    for name, root in ROOTS.items():
        filters = root.part.filters if isinstance(root.part, Many) else root.arguments
        known = {path.split(".")[0] for path in filters} | {"asOf", "knownAt", "first", "after"}
        assert set(query.fields[name].args) <= known, name
        for path in filters:
            outer, _, inner = path.partition(".")
            argument = get_named_type(query.fields[name].args[outer].type)
            assert not inner or (isinstance(argument, GraphQLInputObjectType) and inner in argument.fields), (
                f"{name} {path}"
            )


def test_every_type_is_stored_computed_or_part_of_a_page() -> None:
    objects = {name for name, one in TYPES.items() if isinstance(one, GraphQLObjectType)}
    computed = {
        "Query", "Mutation", "Subscription", "Viewer", "Value", "ConditionResult", "Confirmation",
        "ConfirmationChange", "ConfirmationStep", "RecognitionConfirmPayload",
        "Agreement", "AgreementContagion", "AgreementMember", "AgreementPayload", "Equivalence",
        "AgreementSimulation", "AgreementSimulationExample", "AgreementSimulationPair", "AgreementSimulationPayload",
        "RecognitionAnswer", "RecognitionCoverage", "RecognitionRuleHealth", "RecognitionSimulation",
        "RecognitionSimulationCount", "RecognitionSimulationExample", "RecognitionSimulationPayload",
        "RecognitionAgreement", "RecognitionDecision",
        "RecognitionRule", "UserError", "PublishPayload", "ReviewPayload", "RiskFlagPayload",
        "RulePayload", "ClockPayload", "StatisticsRow", "CertificateCounts", "PostCounts", "BandCounts", "FlagCount",
        "ReviewCounts", "RegionCertificates", "GradingSeries", "GradingStep", "TrainingHours", "KeyStaff", "StaffDuty",
        "StaffGap", "PostFinding", "RecordVoidPayload", "RecordNotePayload", "RowError", "RecordsImportPayload",
        "ImportRevertPayload",
        "CarriedMeasure", "ClockCount", "Digest", "DigestRule", "DisputePayload", "FlagEffects", "GateCheckPayload",
        "GateClearance", "GateReason", "Measure", "PersonCorrectPayload", "PersonVerdictPayload", "RepairPayload",
        "EmployerChangePart", "EmployerChangePayload", "TransferData", "TransferPayload",
        "ReviewOutcomes",
        "Clearance", "EventShare", "Policy", "PolicyPayload", "PolicySimulation", "PolicySimulationExample",
        "PolicySimulationPayload", "PolicySimulationRow", "PolicySimulationSide", "PolicyTerm", "ReviewPathStep",
        "ReviewPolicy", "RosterChangePayload", "ScoreboardCase", "ScoreboardFigure", "ScoreboardRow",
        "CheckpointCosignPayload", "LedgerCheckpoint", "LedgerConsistency", "LedgerCosignature",
        "LedgerInclusion", "LedgerWitnessPayload", "StatementPayload", "StatusReason",
        "TipFilePayload", "TipPayload", "TipReporter", "TriggerRule",
        "SafetyCode", "SafetyCodePayload", "SafetyCodeRevokePayload", "SafetyCodeScan",
    }  # fmt: skip
    assert objects == set(SHAPES) | _page_types() | computed
    assert set(BY_TYPE) <= set(SHAPES)


def test_every_state_of_a_certificate_has_its_place_among_the_worst() -> None:
    states = TYPES["CertificateStatus"]
    assert isinstance(states, GraphQLEnumType)
    assert sorted(WORST_FIRST) == sorted(states.values)


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
