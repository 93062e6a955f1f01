-- Which settings a run was begun with.

alter table runs.runs add column settings text;
comment on column runs.runs.settings is 'The version of the settings in effect; of runs before this column, none.';
