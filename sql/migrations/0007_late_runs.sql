-- A late-arriving run is applied at its place among the nights. What later nights changed is taken out (rewind), the run
-- is applied, and the later nights are applied again one by one. On the first evening on which the roster is what it was
-- before (agrees), the rest is put back as it stood (forward). All of it is one transaction, so nobody sees the roster in
-- between. The temporary tables are declared in sql/store/temporary_tables.sql (create_late_run).

-- Take the roster back to the evening of a night. ahead_<entity>: the rows as they stand that later nights wrote.
-- past_<entity>: the versions that later nights ended. Local rows belong to no night and stay.
create function history.rewind(district text, night date) returns void
language plpgsql
as $$
declare
    entity text;
begin
    foreach entity in array history.entities() loop
        execute format('insert into ahead_%1$s
            select r.* from roster.%1$s as r where r.district_id = %2$L and r.as_of > %3$L and r.origin = ''synced''',
            entity, district, night);
        execute format('insert into past_%1$s
            select h.* from history.%1$s as h where h.district_id = %2$L and h.valid_to > %3$L', entity, district, night);
        execute format('analyze ahead_%1$s', entity);
        execute format('analyze past_%1$s', entity);
        execute format('delete from history.%1$s where district_id = %2$L and valid_to > %3$L', entity, district, night);
        execute format('delete from roster.%1$s as r using ahead_%1$s as a where r.district_id = %2$L and %3$s',
            entity, district, history.same(entity, 'r', 'a'));
        execute format('insert into roster.%1$s (%2$s)
            select %3$s from past_%1$s as p where p.valid_from < p.valid_to and (p.valid_from <= %4$L or p.origin = ''local'')',
            entity, history.columns(entity, ''), history.columns(entity, 'p.'), night);
    end loop;
    insert into ahead_links
    select l.* from roster.links as l where l.district_id = district and l.as_of > night;
    delete from roster.links as l where l.district_id = district and l.as_of > night;
end
$$;

-- differing_<entity>: rows that are not what they were on an evening before the late run was applied. `settled`: the row
-- is archived now as then (or was not there then) and no later night names it, so that none can see the difference.
create function history.compare(district text, night date, run bigint, evening date) returns void
language plpgsql
as $$
declare
    entity text;
    keys text;
begin
    foreach entity in array history.entities() loop
        keys := (select string_agg(quote_ident(k), ', ') from unnest(history.keys(entity)) as k);
        execute format('truncate differing_%s', entity);
        execute format(
            'insert into differing_%1$s (%2$s, settled)
            with written as (
                select h.*, row_number() over (partition by %2$s order by h.valid_from, h.valid_to, h.ended_by) as place
                from history.%1$s as h
                where
                    h.district_id = %3$L and (h.valid_to > %4$L or (h.valid_to = %4$L and h.ended_by = %5$L))
            ),
            known as (
                select %2$s from ahead_%1$s
                union
                select %2$s from past_%1$s
            ),
            touched as (
                select %2$s from known
                union
                select %2$s from written
                union
                select %2$s from roster.%1$s as r
                where r.district_id = %3$L and r.origin = ''synced'' and (r.as_of > %4$L or (r.as_of = %4$L and r.run_id = %5$L))
            ),
            before as (
                select %6$s from ahead_%1$s as r where r.as_of <= %7$L
                union all
                select %6$s from past_%1$s as r where r.valid_from <= %7$L and r.valid_to > %7$L
                union all
                select %6$s from written as r where r.place = 1 and (%8$s) not in (select %2$s from known)
            ),
            later as (
                select %2$s from ahead_%1$s where as_of > %7$L
                union
                select %2$s from past_%1$s where valid_from > %7$L
            )
            select
                %9$s,
                coalesce(r.status = ''archived'', true) and coalesce(b.status = ''archived'', true)
                and (%9$s) not in (select %2$s from later) as settled
            from touched as t
            left join roster.%1$s as r on r.district_id = %3$L and %10$s
            left join before as b on %11$s
            where row(%12$s) is distinct from row(%13$s)',
            entity, keys, district, night, run, history.columns(entity, 'r.'), evening,
            (select string_agg('r.' || quote_ident(k), ', ') from unnest(history.keys(entity)) as k),
            (select string_agg('t.' || quote_ident(k), ', ') from unnest(history.keys(entity)) as k),
            history.same(entity, 'r', 't'), history.same(entity, 'b', 't'),
            history.content(entity, 'r.'), history.content(entity, 'b.')
        );
    end loop;
end
$$;

-- Whether the roster is, for every later night, what it was on this evening. If it is not, the later nights are applied
-- again, too.
create function history.agrees(district text, night date, run bigint, evening date) returns boolean
language plpgsql
as $$
declare
    entity text;
    differs boolean;
begin
    perform history.compare(district, night, run, evening);
    foreach entity in array history.entities() loop
        execute format('select exists (select from differing_%1$s as d where not d.settled %2$s)',
            entity, case when entity = 'schools' then 'or true' else '' end) into differs;
        if differs then
            return false;
        end if;
    end loop;
    -- Who is who: nothing that was known by now may be unknown or another; what is known besides may not come later.
    return not exists (
        select from ahead_links as a
        left join roster.links as l
            on l.district_id = a.district_id and l.entity = a.entity and l.source = a.source and l.source_id = a.source_id
        where (a.as_of <= evening and l.id is distinct from a.id) or (a.as_of > evening and l.id is not null)
    ) and not exists (
        select from roster.links as l
        where
            l.district_id = district and l.entity = 'schools' and (l.as_of > night or l.run_id = run)
            and not exists (
                select from ahead_links as a
                where a.entity = l.entity and a.source = l.source and a.source_id = l.source_id
            )
    );
end
$$;

-- From an evening on which it agrees, put back what stood: the versions that began later, the later end of the versions
-- that hold now, the rows as later nights wrote them. Without an evening (null) every later night was applied again. Then
-- only rows that are gone come back, archived and without a link: nothing is ever deleted.
create function history.forward(district text, evening date) returns void
language plpgsql
as $$
declare
    entity text;
begin
    foreach entity in array history.entities() loop
        if evening is not null then
            execute format(
                'insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
                select %3$s, p.valid_from, p.valid_to, p.ended_by from past_%1$s as p where p.valid_from > %4$L
                union all
                select %5$s, r.as_of, p.valid_to, p.ended_by
                from past_%1$s as p inner join roster.%1$s as r on r.district_id = %6$L and %7$s
                where p.valid_from <= %4$L and p.valid_to > %4$L',
                entity, history.columns(entity, ''), history.columns(entity, 'p.'), evening,
                history.columns(entity, 'r.'), district, history.same(entity, 'r', 'p')
            );
            execute format('delete from roster.%1$s as r using ahead_%1$s as a where r.district_id = %2$L and a.as_of > %3$L and %4$s',
                entity, district, evening, history.same(entity, 'r', 'a'));
            execute format('insert into roster.%1$s (%2$s) select %3$s from ahead_%1$s as a where a.as_of > %4$L',
                entity, history.columns(entity, ''), history.columns(entity, 'a.'), evening);
        end if;
        execute format(
            'insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
            select %3$s, p.valid_from, p.valid_to, p.ended_by
            from past_%1$s as p inner join runs.runs as u on p.ended_by = u.run_id
            where p.valid_from = p.valid_to and u.reverts is not null and (%4$L::date is null or p.valid_from <= %4$L)',
            entity, history.columns(entity, ''), history.columns(entity, 'p.'), evening
        );
        execute format('insert into lost_%1$s
            select a.* from ahead_%1$s as a
            where not exists (select from roster.%1$s as r where r.district_id = %2$L and %3$s)',
            entity, district, history.same(entity, 'r', 'a'));
        execute format('update lost_%1$s set archived_on = coalesce(archived_on, as_of), status = ''archived''', entity);
        execute format('insert into roster.%1$s (%2$s) select %3$s from lost_%1$s as a',
            entity, history.columns(entity, ''), history.columns(entity, 'a.'));
    end loop;
    if evening is not null then
        insert into roster.links select a.* from ahead_links as a where a.as_of > evening;
    end if;
    update roster.users as u
    set invitation = a.invitation
    from ahead_users as a
    where u.district_id = district and u.user_id = a.user_id and u.invitation <> a.invitation;
end
$$;
