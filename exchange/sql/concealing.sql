-- name: names_of_persons
-- Under which names the caller knows persons: those of these records, and these. $1 records, $2 persons
select name
from record
where record_id = any ($1::uuid[]) and id_shown is not null and name is not null
union
select name
from record
where person_id = any ($2::uuid[]) and name is not null

-- name: person_of_review
-- $1 review
select person_id
from review
where review_id = $1
