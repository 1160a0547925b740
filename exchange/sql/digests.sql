-- name: digest
-- An own digest: what it counts, by rule. $1 owner_id, $2 day; no row where there is none
select d.prepared_at, w.rule, count(*)::int as reviews
from digest d
join review w on w.owner_id = d.owner_id and w.digest_on = d.day
where d.owner_id = $1 and d.day = $2
group by d.prepared_at, w.rule
order by w.rule
