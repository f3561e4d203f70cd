"""The tables of a workspace, as migrations that only ever move forward.

``MIGRATIONS[i]`` brings a workspace from schema version i to i + 1. A published migration is never edited; a change
is a new entry. Words (event, touch, spend, batch …) mean what docs/metrics and DOMAIN say. Conventions:

* timestamps are naive UTC (``ts``); ``day`` is the local day in the workspace's timezone, set on import;
* money is decimal: ``revenue``/``cost`` in the original currency, ``…_base`` in the workspace currency;
* every row knows its ``batch_id`` and ``row_number`` (as a spreadsheet shows it; the batch knows file and hash);
* ``event_id``/``spend_id`` are 64-bit hashes of the natural key, so the same row from any file is the same row;
* identifiers are keyed hashes; raw values are in no table.
"""

MIGRATIONS: tuple[str, ...] = (
    """
    create table setting (name varchar primary key, value json not null);

    create table channel (
        channel varchar primary key,      -- id such as 'douyin'; for own labels a slug of the label
        name_en varchar not null,
        name_zh varchar not null,
        kind varchar not null,            -- paid | owned | earned
        pool varchar not null,            -- public | private
        sort integer not null
    );
    create table channel_label (          -- raw label of an export -> channel; raw labels are kept on the rows too
        label varchar primary key,
        channel varchar not null
    );
    create table stage (                  -- action -> stage; is_touch: does it count as marketing contact?
        action varchar primary key,
        stage varchar not null,           -- awareness | interest | consideration | purchase | loyalty
        is_touch boolean not null
    );
    create table rate (                   -- currency rates users import: 1 unit of `currency` in workspace currency
        currency varchar, day date, rate decimal(18, 8) not null,
        primary key (currency, day)
    );
    create table mapping (                -- a confirmed column mapping, remembered by header signature
        signature varchar primary key, mapping json not null, saved_at timestamp not null
    );

    create table batch (
        batch_id integer primary key,
        file_name varchar not null,
        file_sha256 varchar not null,
        profile varchar not null,         -- profile name, or 'guessed' / 'mapped'
        kind varchar not null,            -- events | orders | spend
        source varchar not null,          -- what delivers it: profile or header signature; watermarks are per source
        imported_at timestamp not null,   -- UTC
        state varchar not null,           -- active | rolled_back
        rows_read bigint not null,
        added bigint not null,
        restated bigint not null,
        duplicates bigint not null,
        rejected bigint not null,
        skipped_totals bigint not null,
        first_day date,
        last_day date,
        watermark timestamp,              -- UTC instant up to which this source has delivered
        sums json not null,               -- {"cost": "12.30", "revenue": ...} in original currency, decimal as text
        warnings json not null,           -- list of {template, values}
        mapping json not null
    );
    create table reject (
        batch_id integer, row_number bigint, column_name varchar,
        reason json not null,             -- {template, values}: a Message
        raw varchar not null              -- the row as text, identifier cells masked
    );

    create table event (
        event_id ubigint primary key,
        batch_id integer not null,
        row_number bigint not null,
        ts timestamp not null,            -- UTC
        day date not null,                -- local
        identifier_id bigint,             -- the row's main identifier; null = anonymous (counted, belongs to nobody)
        channel varchar,                  -- null: the row names no channel
        raw_channel varchar,
        campaign varchar,
        action varchar not null,
        is_touch boolean not null,        -- marketing contact, decided on import by stage table and mapping
        content_id varchar,
        page varchar,
        store_id varchar,
        order_id varchar,
        revenue decimal(18, 4),
        currency varchar,
        revenue_base decimal(18, 4),      -- refunds are rows of action 'refund' with revenue < 0
        properties json
    );
    create table spend (
        spend_id ubigint primary key,     -- hash of (day, channel, campaign, ad)
        batch_id integer not null,
        row_number bigint not null,
        day date not null,
        channel varchar not null,
        raw_channel varchar,
        campaign varchar,
        ad varchar,
        cost decimal(18, 6) not null,
        currency varchar not null,
        cost_base decimal(18, 6) not null,
        impressions bigint,
        clicks bigint,
        claimed_conversions decimal(18, 4),
        claimed_revenue decimal(18, 4)
    );
    create table spend_restated (         -- what a later batch replaced; undo brings it back
        by_batch_id integer not null, spend_id ubigint not null, batch_id integer not null,
        row_number bigint not null, day date not null, channel varchar not null, raw_channel varchar,
        campaign varchar, ad varchar, cost decimal(18, 6) not null, currency varchar not null,
        cost_base decimal(18, 6) not null, impressions bigint, clicks bigint,
        claimed_conversions decimal(18, 4), claimed_revenue decimal(18, 4)
    );
    create table event_restated (         -- likewise for orders and events with their own id
        by_batch_id integer not null, event_id ubigint not null, batch_id integer not null,
        row_number bigint not null, ts timestamp not null, day date not null, identifier_id bigint, channel varchar,
        raw_channel varchar, campaign varchar, action varchar not null, is_touch boolean not null,
        content_id varchar, page varchar, store_id varchar, order_id varchar, revenue decimal(18, 4),
        currency varchar, revenue_base decimal(18, 4), properties json
    );

    create table identifier (
        identifier_id bigint primary key,
        type varchar not null,            -- phone | email | member_id | unionid | openid | device_id | cookie | …
        hash blob not null,               -- HMAC-SHA-256(workspace key, type || ':' || normalised value)
        hint varchar not null,            -- masked, for people: 138****1234
        trust varchar not null,           -- strong | weak
        blocked boolean not null          -- a value such as 'unknown' that never links
    );
    create table link (                   -- identifiers seen on one row
        a bigint not null, b bigint not null, batch_id integer not null, row_number bigint not null
    );
    create table person (identifier_id bigint primary key, person_id bigint not null);
    """,
    """
    alter table spend add column spread_days integer;  -- the export's row covered so many days: an even share of it
    alter table spend add column figures map(varchar, decimal(24, 6));  -- what else the export counts, by its header
    alter table spend_restated add column spread_days integer;
    alter table spend_restated add column figures map(varchar, decimal(24, 6));

    create table report (                 -- a platform's own figures of an item over days; never added to events
        report_id ubigint not null,       -- hash of (section, channel, account, day, last_day, item, ordinal)
        batch_id integer not null,
        row_number bigint not null,
        day date not null,
        last_day date not null,
        channel varchar,
        raw_channel varchar,
        section varchar not null,         -- which report: a profile's, or its column names
        item varchar,                     -- what the row is about: a product, a page, a device …
        currency varchar not null,        -- of the money among the figures
        figures map(varchar, decimal(24, 6)) not null
    );
    create table report_restated (
        by_batch_id integer not null, report_id ubigint not null, batch_id integer not null,
        row_number bigint not null, day date not null, last_day date not null, channel varchar, raw_channel varchar,
        section varchar not null, item varchar, currency varchar not null, figures map(varchar, decimal(24, 6)) not null
    );

    create table order_line (             -- the lines of an order as its export lists them
        order_line_id ubigint not null,   -- hash of the order's purchase event and the line's place
        batch_id integer not null,
        row_number bigint not null,
        event_id ubigint not null,        -- of the order's purchase (or order_created …) event
        order_id varchar not null,
        sku varchar,
        item varchar,
        quantity decimal(18, 4),
        unit_price decimal(18, 6),
        amount decimal(18, 4),            -- in `currency`: quantity x price, or what the line says
        currency varchar not null
    );
    create table order_line_restated (
        by_batch_id integer not null, order_line_id ubigint not null, batch_id integer not null,
        row_number bigint not null, event_id ubigint not null, order_id varchar not null, sku varchar, item varchar,
        quantity decimal(18, 4), unit_price decimal(18, 6), amount decimal(18, 4), currency varchar not null
    );

    create table traffic_rule (           -- which channel a visit with such an address belongs to; first match counts
        position integer not null,
        field varchar not null,           -- source | medium | campaign | click_id | referrer
        pattern varchar not null,         -- a word, or a host with * in front; compared in lower case
        medium varchar,                   -- and only where the medium is this one (null: any)
        channel varchar                   -- null: no channel (a payment provider, oneself)
    );
    alter table channel add column grouping varchar;   -- a name people give to several channels together
    alter table channel_label add column is_assigned boolean default false;  -- by a person, to another than the default
    alter table channel add column is_guessed boolean default false;  -- made of a label, and nobody has confirmed it
    update channel set is_guessed = true where channel not in (
        'douyin', 'xiaohongshu', 'wechat_ads', 'wechat', 'wecom', 'tmall', 'jd', 'pinduoduo', 'baidu', 'kuaishou',
        'bilibili', 'google_ads', 'meta', 'tiktok', 'microsoft_ads', 'amazon_ads', 'linkedin', 'offline_store',
        'email_sms', 'email', 'sms', 'organic_search', 'referral', 'direct');
    alter table reject add column settled_by integer;  -- the batch that brought the row in after all, corrected

    -- Who says what, so that imports can be undone in any order: a row's content stands under the batch that first
    -- said it; later batches that say the same, or that it is no more, are noted here.
    create table duplicate (              -- a batch's row that was there already and said the same
        subject varchar not null,         -- event | order_line | spend | report
        key ubigint not null,             -- event_id, order_line_id …
        batch_id integer not null,
        row_number bigint not null
    );
    create table absent (                 -- a batch restates the rows around this key and has it no more
        subject varchar not null, key ubigint not null, batch_id integer not null
    );
    create table link_restated (          -- links of rows that a later batch replaced; undo brings them back
        by_batch_id integer not null,
        event_id ubigint,                 -- null: all links of batch_id, whose file was imported with another mapping
        a bigint not null, b bigint not null, batch_id integer not null, row_number bigint not null
    );
    create table reject_identifier (      -- of rows set aside: identifiers that a corrected row may name by their id
        batch_id integer not null, identifier_id bigint not null, type varchar not null, hash blob not null,
        hint varchar not null, blocked boolean not null
    );
    alter table batch add column imported_by varchar;  -- name of who imported it
    alter table batch add column replaces integer[];   -- imports of the same file with another mapping, ended by this
    alter table batch add column twin_of integer;      -- an import of the same file that this one repeats in all rows
    alter table batch add column settles integer;      -- the import whose set-aside rows this one brings, corrected

    -- No primary keys on the large tables: an index costs a third of an import and memory that grows with the table.
    -- What writes them (ingest/outcome.py, ingest/batch.py, identity/resolve.py) adds no key twice, as tests prove.
    alter table event rename to event_with_index;
    create table event (
        event_id ubigint not null, batch_id integer not null, row_number bigint not null, ts timestamp not null,
        day date not null, identifier_id bigint, channel varchar, raw_channel varchar, campaign varchar,
        action varchar not null, is_touch boolean not null, content_id varchar, page varchar, store_id varchar,
        order_id varchar, revenue decimal(18, 4), currency varchar, revenue_base decimal(18, 4), properties json
    );
    insert into event select * from event_with_index;
    drop table event_with_index;
    alter table identifier rename to identifier_with_index;
    create table identifier (
        identifier_id bigint not null, type varchar not null,
        -- to find that hashes cannot be compressed takes longer than all the rest of writing identifiers
        hash blob using compression uncompressed not null, hint varchar not null,
        trust varchar not null, blocked boolean not null
    );
    insert into identifier select * from identifier_with_index;
    drop table identifier_with_index;
    alter table person rename to person_with_index;
    create table person (identifier_id bigint not null, person_id bigint not null);
    insert into person select * from person_with_index;
    drop table person_with_index;
    """,
    """
    create table shared_identifier (      -- identifiers that join nobody because they are many persons' (resolve.py)
        identifier_id bigint not null,
        why varchar not null,             -- hub | contested
        neighbours bigint not null        -- distinct strong neighbours
    );
    create table identity_decision (      -- what people decided about links; never edited, taken back by a new row
        decision_id integer primary key,
        decided_at timestamp not null,    -- UTC
        decided_by varchar,
        kind varchar not null,            -- cut (the link a-b) | block (identifier a) | restore (decision `restores`)
        a bigint,                         -- null, as b: the person was forgotten since
        b bigint,
        restores integer,
        reason varchar not null
    );
    create table forgotten (              -- identifiers of forgotten persons: rows that name them come in anonymous
        hash blob not null,               -- as in `identifier`
        forgotten_at timestamp not null   -- UTC
    );
    create table probable_link (          -- records that are probably of one person, by likeness; for the loose level
        a bigint not null, b bigint not null,
        weight double not null,           -- log2 of the odds that the records match
        probability double not null,
        file_name varchar not null,
        found_at timestamp not null       -- UTC
    );
    """,
    """
    create table alert_case (             -- a finding of a rule that somebody has dealt with, or was told of
        case_id integer primary key,
        rule varchar not null,
        channel varchar not null,         -- '' where a source feeds several
        source varchar not null,          -- '' but for a silent source
        first_day date not null, fired_on date not null, last_day date not null,
        recovered_on date
    );
    create table alert_entry (            -- what happened to a case, never edited
        entry_id integer primary key,
        case_id integer not null,
        noted_at timestamp not null,      -- UTC
        noted_by varchar not null,
        kind varchar not null,            -- see health/case_book.py
        note varchar not null,
        until date,                       -- of a snooze
        details json not null             -- of a decision and its outcome
    );
    """,
    """
    -- {"cost": {"CNY": "100", "USD": "20"}} as the file states it; money in several currencies is in `sums` converted
    alter table batch add column sums_by_currency json;
    """,
    """
    create table evidence (               -- what experiments found a channel to bring; entered by people
        evidence_id integer primary key,
        channel varchar not null,
        method varchar not null,          -- geo_lift | hold_out | experiment
        first_day date not null,
        last_day date not null,
        incremental_revenue double not null,   -- in workspace currency
        low double,                       -- ends of the interval; null: not stated
        high double,
        level double not null,            -- of the interval: 0.9
        spend double,                     -- what it was bought with; null: not stated
        source varchar not null,          -- who ran the test, which report
        entered_at timestamp not null     -- UTC
    );
    """,
    """
    create table segment (                -- persons selected by a definition; computed anew on whatever the data is
        name varchar primary key,
        definition json not null,         -- see journeys/segments.py
        saved_at timestamp not null       -- UTC
    );
    """,
    """
    create table budget_scenario (        -- plans people saved: the whole answer, see budget/scenario.py
        scenario_id integer primary key,
        saved_at timestamp not null,      -- UTC
        content json not null
    );
    """,
    """
    alter table spend add column account varchar;      -- which of several accounts of one platform; null: not named
    alter table spend_restated add column account varchar;
    """,
    """
    alter table forgotten add column forgotten_by varchar;
    alter table forgotten add column reason varchar;
    """,
    """
    create table day_note (               -- what people noted about days: see engine/day_notes.py
        note_id integer primary key,
        kind varchar not null,            -- promotion | price_change | tracking_broken | other
        first_day date not null,
        last_day date not null,
        channels varchar[] not null,      -- none: every channel
        text varchar not null,
        noted_by varchar not null,        -- '' where nobody said
        noted_at timestamp not null       -- UTC
    );
    """,
    """
    -- Of a row that is one day's share of a longer range: the first day of the range (it has spread_days days) and what
    -- the export states of all of it. cost, impressions … of such a row are computed (ingest/fitted.py).
    alter table spend add column range_first date;
    alter table spend add column stated_cost decimal(18, 6);
    alter table spend add column stated_impressions bigint;
    alter table spend add column stated_clicks bigint;
    alter table spend add column stated_claimed_conversions decimal(18, 4);
    alter table spend add column stated_claimed_revenue decimal(18, 4);
    alter table spend add column stated_figures map(varchar, decimal(24, 6));
    alter table spend_restated add column range_first date;
    alter table spend_restated add column stated_cost decimal(18, 6);
    alter table spend_restated add column stated_impressions bigint;
    alter table spend_restated add column stated_clicks bigint;
    alter table spend_restated add column stated_claimed_conversions decimal(18, 4);
    alter table spend_restated add column stated_claimed_revenue decimal(18, 4);
    alter table spend_restated add column stated_figures map(varchar, decimal(24, 6));
    update identifier set trust = 'weak' where type = 'order_contact';  -- a parcel may be a present
    """,
    """
    create table customer_space (         -- whose customer numbers there are: see ingest/customer_spaces.py
        system varchar not null,          -- profile, or 'guessed' / 'mapped' / 'remembered'
        space varchar not null,           -- '': the house's own numbers
        is_of_old boolean not null        -- imported before spaces were told apart
    );
    insert into customer_space
    select distinct profile, '', true from batch where kind in ('events', 'orders');
    """,
    """
    alter table report add column account varchar;  -- which of several accounts or shops, where the export says so
    alter table report_restated add column account varchar;
    """,
    """
    create table blocked_beside (         -- blocked values that a row names beside its main identifier
        event_id ubigint not null, identifier_id bigint not null
    );
    """,
    """
    alter table forgotten add column is_shared boolean;  -- was several persons'; null: not known
    create table forgotten_beside (       -- see identity/beside_forgotten.py
        hash blob not null                -- keyed, of the hash of a forgotten identifier and that of somebody else's
    );
    """,
)

SCHEMA_VERSION = len(MIGRATIONS)
