-- Who decides a dispute above its parties. Guarantees:
--   * only the superior of the source is called upon, whoever writes the step: nobody makes itself, or whom it likes, the judge;
--   * from then on every step names the same superior, and the state is the one its step leads to.

-- As in 0023, with superior and state.
create or replace function check_dispute_step() returns trigger language plpgsql as $$
declare
  before public.dispute_step;
begin
  select * into before from public.dispute_step s where s.dispute_id = new.dispute_id and s.place = new.place - 1;
  if not exists (
      select from public.dispute d
      where d.dispute_id = new.dispute_id and d.owner_id = new.disputant_id and d.source_id = new.source_id
        and d.record_id = new.record_id)
    or not (case
      when new.step in ('OPENED', 'ELEVATED', 'WITHDRAWN') then new.owner_id = new.disputant_id
      when new.step in ('CONFIRMED', 'CORRECTED', 'VOIDED') then new.owner_id = new.source_id
      else coalesce(before.superior_id = new.owner_id, false) end)
    or (new.step = 'OPENED') <> (new.place = 1)
    or new.place > 1 and before.dispute_id is null
    or new.state <> (case new.step when 'OPENED' then 'OPEN' else new.step end)
    or new.superior_id is distinct from
      (case new.step when 'ELEVATED' then public.superior_of(new.source_id) else before.superior_id end)
    or new.step = 'ELEVATED' and new.superior_id is null
  then
    raise exception 'step % of dispute % is not the writer''s', new.step, new.dispute_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
