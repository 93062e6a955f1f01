-- A run is reverted by `rollbook undo`: each row that it changed becomes the row that it was, byte for byte, and the
-- version that the run wrote stays in history as one that was in force on no night. What the run created is archived.
-- Undoing such an undo is the exact reverse. The temporary tables are declared in sql/store/temporary_tables.sql (create_undo).

-- undone_<entity>: the keys that a run changed, whether the run created the row, and the later run that changed it since,
-- if there is one.
create function history.find_changed(district text, undone bigint, night date) returns void
language plpgsql
as $$
declare
    entity text;
    keys text;
begin
    foreach entity in array history.entities() loop
        keys := (select string_agg(quote_ident(k), ', ') from unnest(history.keys(entity)) as k);
        execute format(
            'insert into undone_%1$s (%2$s, created, changed_by)
            with changed as (
                select %2$s from history.%1$s where district_id = %3$L and ended_by = %4$L
                union
                select %5$s from work.changes as c
                where
                    c.district_id = %3$L and c.run_id = %4$L and c.entity = %6$L and not c.held
                    and (c.action = ''create'' or (c.action = ''move'' and c.entity = ''enrollments''))
            )
            select
                c.*,
                not exists (
                    select from history.%1$s as h
                    where h.district_id = %3$L and h.ended_by = %4$L and %7$s
                ) as created,
                (
                    -- By its key alone, which belongs to one district: told the district, too, a planner that thinks
                    -- history is small reads all of it for every row.
                    select max(h.ended_by) from history.%1$s as h
                    where
                        %7$s and (h.valid_to, h.ended_by) > (%8$L::date, %4$L::bigint)
                        -- what an undo left behind was in force on no night
                        and h.ended_by not in (
                            select u.run_id from runs.runs as u where u.district_id = %3$L and u.reverts is not null
                        )
                ) as changed_by
            from changed as c',
            entity, keys, district, undone,
            case when entity = 'enrollments' then 'c.class_id, c.user_id, c.role' else 'c.id' end, entity,
            history.same(entity, 'h', 'c'), night
        );
        execute format('analyze undone_%1$s', entity);
    end loop;
end
$$;

-- Revert the run `undone` by the run `undoing`. Returns the rows that the run had changed.
create function history.revert(district text, undone bigint, night date, undoing bigint) returns bigint
language plpgsql
as $$
declare
    entity text;
    done bigint;
    total bigint := 0;
begin
    foreach entity in array history.entities() loop
        -- What the run wrote stays in history as a version of no night.
        execute format('insert into replaced_%1$s
            select r.* from roster.%1$s as r inner join undone_%1$s as c on %3$s where r.district_id = %2$L',
            entity, district, history.same(entity, 'r', 'c'));
        execute format('insert into restored_%1$s
            select h.* from history.%1$s as h where h.district_id = %2$L and h.ended_by = %3$L', entity, district, undone);
        execute format('delete from history.%1$s where district_id = %2$L and ended_by = %3$L', entity, district, undone);
        execute format('insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
            select %3$s, o.as_of, o.as_of, %4$L from replaced_%1$s as o',
            entity, history.columns(entity, ''), history.columns(entity, 'o.'), undoing);
        execute format('delete from roster.%1$s as r using restored_%1$s as b where r.district_id = %2$L and %3$s',
            entity, district, history.same(entity, 'r', 'b'));
        execute format('insert into roster.%1$s (%2$s) select %3$s from restored_%1$s as b',
            entity, history.columns(entity, ''), history.columns(entity, 'b.'));
        execute format('update roster.%1$s as r
            set status = ''archived'', archived_on = %2$L, as_of = %2$L, run_id = %3$L
            from undone_%1$s as c where r.district_id = %4$L and c.created and %5$s',
            entity, night, undoing, district, history.same(entity, 'r', 'c'));
        execute format('select count(*) from undone_%1$s', entity) into done;
        total := total + done;
    end loop;
    update roster.users as u
    set invitation = o.invitation
    from replaced_users as o
    where u.district_id = district and u.user_id = o.user_id and u.invitation <> o.invitation;
    with gone as (
        delete from roster.links as l where l.district_id = district and l.run_id = undone returning l.*
    )
    insert into history.links select g.*, undoing from gone as g;
    return total;
end
$$;

-- The reverse: `undone` is the undo, `original` the run that it reverted.
create function history.restore(district text, undone bigint, original bigint) returns bigint
language plpgsql
as $$
declare
    entity text;
    done bigint;
    total bigint := 0;
begin
    foreach entity in array history.entities() loop
        execute format('insert into restored_%1$s
            select h.* from history.%1$s as h where h.district_id = %2$L and h.ended_by = %3$L', entity, district, undone);
        execute format('insert into replaced_%1$s
            select r.* from roster.%1$s as r inner join restored_%1$s as b on %3$s
            where r.district_id = %2$L and r.run_id is distinct from %4$L',
            entity, district, history.same(entity, 'r', 'b'), undone);
        execute format('delete from history.%1$s where district_id = %2$L and ended_by = %3$L', entity, district, undone);
        execute format('insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
            select %3$s, o.as_of, b.valid_to, %4$L from replaced_%1$s as o inner join restored_%1$s as b on %5$s',
            entity, history.columns(entity, ''), history.columns(entity, 'o.'), original, history.same(entity, 'o', 'b'));
        execute format('delete from roster.%1$s as r using restored_%1$s as b where r.district_id = %2$L and %3$s',
            entity, district, history.same(entity, 'r', 'b'));
        execute format('insert into roster.%1$s (%2$s) select %3$s from restored_%1$s as b',
            entity, history.columns(entity, ''), history.columns(entity, 'b.'));
        get diagnostics done = row_count;
        total := total + done;
    end loop;
    update roster.users as u
    set invitation = o.invitation
    from replaced_users as o
    where u.district_id = district and u.user_id = o.user_id and u.invitation <> o.invitation;
    with back as (
        delete from history.links as l where l.district_id = district and l.ended_by = undone
        returning l.district_id, l.entity, l.source, l.source_id, l.id, l.run_id, l.as_of
    )
    insert into roster.links select b.* from back as b;
    return total;
end
$$;
