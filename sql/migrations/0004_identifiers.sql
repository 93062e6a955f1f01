-- The id that the district issued, beside the one a source calls a thing by: by it a thing is recognised when the
-- district goes over to another source. The tables are templates; a run's own are made like them.

alter table staging.schools add column identifier text;
alter table staging.terms add column identifier text;
alter table staging.courses add column identifier text;
alter table staging.classes add column identifier text;
