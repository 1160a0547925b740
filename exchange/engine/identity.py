"""The SQL of who is who: verdicts of authorities over two ids, and persons that may be one."""

from collections.abc import Mapping

from exchange.engine.parts import One, Shape, Value, columns

IDENTITY: Mapping[str, Shape] = {
    "PersonVerdict": Shape(
        source="person_verdict",
        key="verdict_id",
        fields={
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            **columns(
                id="{t}.verdict_id",
                personId="{t}.person_id",
                otherPersonId="{t}.other_person_id",
                verdict="{t}.verdict",
                isLatest="is_latest({t}::person_verdict)",
                reason="{t}.reason",
                caseNumber="{t}.case_number",
                decidedBy="{t}.decided_by",
                decidedOn="{t}.decided_on",
                recordedAt="{t}.recorded_at",
            ),
        },
    ),
    "SuspectedDuplicate": Shape(
        source="person_suspicion",
        key="suspicion_id",
        fields={
            "id": Value(sql="{t}.suspicion_id"),
            "basis": Value(sql="{t}.basis"),
            "person": One(shape="Person", key="{from}.person_id"),
            "record": One(shape="FoundRecord", where="{t}.record_id = {from}.record_id"),
            "otherPerson": One(shape="Person", key="{from}.other_person_id"),
            "otherRecord": One(shape="FoundRecord", where="{t}.record_id = {from}.other_record_id"),
            "foundAt": Value(sql="{t}.found_at"),
        },
    ),
}

# Of two persons the first pair of records that is seen, and none once the authority itself gave a verdict. A caller
# writes for one owner: by equality a page is read in its order, and no further than it goes.
UNJUDGED = """{t}.owner_id = (select (current_setting('app.writes', true)::int[])[1])
  and not exists (
    select from person_verdict v
    where v.owner_id = {t}.owner_id and v.person_id = least({t}.person_id, {t}.other_person_id)
      and v.other_person_id = greatest({t}.person_id, {t}.other_person_id))
  and not exists (
    select from person_suspicion e
    where e.owner_id = {t}.owner_id and e.place < {t}.place
      and ((e.person_id = {t}.person_id and e.other_person_id = {t}.other_person_id)
        or (e.person_id = {t}.other_person_id and e.other_person_id = {t}.person_id)))"""
