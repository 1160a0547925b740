with answered as materialized (select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null then (select row(q.j, q.p)::answer
from (select json_build_object('appointments', t3.j) as j, nullif(concat_ws(',', t3.p), '') as p
from (select credit_code, name
from ((select credit_code, name from record
where credit_code = $5::text and person_id is null
order by recorded_at desc
limit 1) union all (select credit_code, employer_name from record
where credit_code = $5::text and person_id is not null
order by recorded_at desc
limit 1)) named
limit 1) t1
left join lateral (select json_build_object('nodes', coalesce(json_agg(page.j0
order by page.n) filter (where page.n <= $6::int), '[]'::json)) as j, string_agg(page.p, ',') filter (where page.n <= $6::int) as p
from (select row_number() over (order by t2.recorded_at desc, t2.record_id desc) as n, translate(encode(convert_to(json_build_array(t2.recorded_at, t2.record_id)::text, 'UTF8'), 'base64'), E'\n', '') as c, json_build_object('post', t2.body->>'post', 'appointedOn', coalesce(t2.valid_from, t2.effective_on), 'endedOn', t2.valid_to, 'holder', json_build_object('name', t2.name)) as j0, nullif(concat_ws(',', t2.person_id), '') as p
from (select * from record t2
where t2.family = 'PRESENCE' and t2.kind = 'APPOINTMENT' and t2.credit_code = t1.credit_code
order by t2.recorded_at desc, t2.record_id desc
limit $6::int + 1) t2 ) page having true) t3 on true
where true
limit 1) q) end as a
from (select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight)
 evidence as (insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id) select $7::int, $8::text, $9::text, $10::text, $11::text, $12::text[], string_to_array((a).persons, ',')::uuid[], $13::text from answered
where (a).persons is not null) select (a).j as j from answered
