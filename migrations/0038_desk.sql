-- The desk of an authority (待办). Guarantees:
--   * what the source adds to a review, an answer or a file, counts in the version an officer has to have read;
--   * a desk is read in its order, by due day and then by when a review was opened, without looking at other desks.

create index review_desk on review (owner_id, due_on, opened_at, review_id);
create index review_desk_of_cause on review (cause_owner_id, due_on, opened_at, review_id);
create index review_cause_by_number on review_cause (document) where document is not null;
drop index review_by_owner;
drop index review_by_cause_owner;

-- The version of a review as an officer reads it: its own changes, and what others than the reviewing authority added to it.
create function review_version(review uuid, thread uuid, owner int, version int) returns int language sql stable
begin atomic
  select version + (
    select count(*)::int
    from review_step s
    where s.thread_id = thread and s.review_id = review and s.owner_id <> owner
      and s.step in ('INFORMATION_GIVEN', 'EVIDENCE_ATTACHED'));
end;
