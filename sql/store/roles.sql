-- Grain: one row per role of the database. Runs after every migration, so that a role that was created later gets its
-- rights, too.

-- name: grant
-- Safe to repeat. A hosted login often may not create roles. Then its administrator creates them, and this statement
-- grants the rights when it runs again.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['rollbook_app', 'rollbook_reader', 'rollbook_quarantine'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when insufficient_privilege then
                raise notice 'role % is missing and may not be created here', wanted;
            end;
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'rollbook_reader') then
        grant usage on schema roster, history, runs, work to rollbook_reader;
        grant select on all tables in schema roster, history, work to rollbook_reader;
        grant select on runs.runs, runs.imports, runs.steps, runs.holds to rollbook_reader;
    end if;
    if exists (select from pg_roles where rolname = 'rollbook_quarantine') then
        grant usage on schema runs to rollbook_quarantine;
        grant select on runs.runs, runs.imports, runs.quarantine, runs.student_reports to rollbook_quarantine;
    end if;
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant usage on schema roster to rollbook_app;
        grant select, insert, update, delete on roster.classes, roster.users, roster.enrollments to rollbook_app;
        grant select on roster.schools, roster.terms, roster.courses, roster.class_lists to rollbook_app;
        grant execute on function roster.accept_invitation(text, uuid) to rollbook_app;
        grant usage on schema gradebook to rollbook_app;
        grant select, insert, update on gradebook.activities, gradebook.scores to rollbook_app;
        grant select on gradebook.states to rollbook_app;
    end if;
end
$$;
