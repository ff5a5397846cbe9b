//! The lists that are measured: each with its filters, and places deep within.

use crate::{
    IDENTITY,
    generated::{self, City, account, token},
};

/// A list, with a filter, and cursors of places deep within it.
pub struct List {
    pub path: String,
    pub query: Vec<(&'static str, &'static str)>,
    pub places: Vec<String>,
    /// Whether the made-up city has nothing of it.
    pub is_empty: bool,
}

fn list(path: &str, query: &[(&'static str, &'static str)]) -> List {
    List {
        path: path.to_owned(),
        query: query.to_vec(),
        places: Vec::new(),
        is_empty: false,
    }
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A list without anything in it.
fn empty(mut list: List) -> List {
    list.is_empty = true;
    list
}

/// A path of the main ledger.
fn of(path: &str) -> String {
    format!("/ledgers/main/{path}")
}

/// What the filters of the lists name.
struct Named {
    coin: &'static str,
    person: &'static str,
    hash: &'static str,
    block: &'static str,
    /// Positions in the middle of the ledger, and close to its begin: heights times 2^24.
    places: Vec<String>,
}

impl Named {
    fn of(city: &City) -> Self {
        let places = [city.blocks / 2, city.blocks / 100 + 1];
        Self {
            coin: leaked(token(1).to_string()),
            person: leaked(account(7).to_string()),
            hash: leaked(generated::transaction_hash(city.transactions() / 2).to_string()),
            block: leaked((city.blocks / 2).to_string()),
            places: places.map(|height| format!("n{}", height << 24)).to_vec(),
        }
    }

    /// A list that is also asked for from its middle on.
    fn deep(&self, mut list: List) -> List {
        list.places.clone_from(&self.places);
        list
    }
}

/// All lists, with each filter.
pub fn lists(city: &City) -> Vec<List> {
    let named = Named::of(city);
    let mut all = vec![
        List {
            places: vec![format!("n{}", city.blocks / 2), "n10".to_owned()],
            ..list(&of("blocks"), &[])
        },
        list("/ledgers", &[]),
        list(&of("activity"), &[("seconds", "60"), ("steps", "500")]),
        list(&of("accounts"), &[]),
        list(&of(&format!("accounts/{}/balances", named.person)), &[]),
        list(&of("contracts"), &[]),
        list(&of("tokens"), &[]),
        list(&of(&format!("tokens/{}/holders", named.coin)), &[]),
        list(&of("events"), &[("transaction", named.hash)]),
    ];
    all.extend(ledger_lists(&named));
    all.extend(console_lists(&named));
    all.extend(supervision_lists(&named));
    all.extend(contract_lists());
    all
}

/// Transactions, events and transfers.
fn ledger_lists(named: &Named) -> Vec<List> {
    let Named { coin, person, .. } = *named;
    let transfer = "Transfer(address,address,uint256)";
    let transactions: [&[(&str, &str)]; 9] = [
        &[],
        &[("account", person)],
        &[("account", coin)],
        &[("contract", coin)],
        &[("method", "transfer(address,uint256)")],
        &[("status", "failed")],
        &[("status", "success")],
        &[("account", person), ("status", "failed")],
        &[("block", named.block)],
    ];
    let events: [&[(&str, &str)]; 4] = [
        &[],
        &[("contract", coin)],
        &[("topic", transfer)],
        &[("contract", coin), ("topic", transfer)],
    ];
    let paths = [
        format!("accounts/{person}/transactions"),
        format!("accounts/{person}/transfers"),
        format!("tokens/{coin}/transfers"),
    ];
    // Nothing fits, and that is known after a bounded look.
    let none = [("contract", coin), ("method", "0x01020304")];
    let mut all = vec![empty(named.deep(list(&of("transactions"), &none)))];
    all.extend(transactions.map(|query| named.deep(list(&of("transactions"), query))));
    all.extend(events.map(|query| named.deep(list(&of("events"), query))));
    all.extend(paths.map(|path| named.deep(list(&of(&path), &[]))));
    all
}

/// What the console itself keeps, and what it searches.
fn console_lists(named: &Named) -> Vec<List> {
    let Named {
        person, hash, block, ..
    } = *named;
    let questions = ["organisation", "City Coin", "no such name", hash, person, block];
    let mut all: Vec<List> = questions
        .into_iter()
        .map(|question| {
            let mut search = list("/search", &[("q", question)]);
            search.is_empty = question == "no such name";
            search
        })
        .collect();
    all.extend([
        list("/identities", &[]),
        list("/identities", &[("status", "Frozen")]),
        list("/identities", &[("kind", "Person")]),
        list("/audit", &[]),
        list("/audit", &[("kind", "signIn")]),
        list("/audit", &[("kind", "operation")]),
        list("/audit", &[("source", "console"), ("actor", person)]),
        list("/sign-ins", &[("all", "true")]),
        list("/me/accesses", &[]),
        list("/organisations", &[]),
    ]);
    all
}

/// What was found, and what accounts and identities did with each other.
fn supervision_lists(named: &Named) -> Vec<List> {
    let Named { person, coin, .. } = *named;
    let lower = leaked(person.to_lowercase());
    let findings: [&[(&str, &str)]; 7] = [
        &[],
        &[("rule", "rule-7")],
        &[("severity", "critical")],
        &[("state", "dismissed")],
        &[("ledger", "main")],
        &[("subject", lower)],
        &[("severity", "high")],
    ];
    let mut all: Vec<List> = findings
        .map(|query| {
            let mut findings = list("/supervision/findings", query);
            // Nothing is found that is of this severity.
            findings.is_empty = query == [("severity", "high")];
            findings
        })
        .into();
    all.extend([
        list(&format!("/identities/{IDENTITY}/activity"), &[]),
        list(&format!("/identities/{IDENTITY}/activity"), &[("ledger", "main")]),
        list("/me/activity", &[]),
        empty(list(&of("flows"), &[])),
        empty(list(&of("flows"), &[("account", person)])),
        empty(list("/supervision", &[])),
        empty(list("/supervision/rules", &[])),
        empty(list("/supervision/lists", &[])),
    ]);
    all.extend(room_lists(coin));
    all
}

/// The situation room. Nothing flows between ledgers of which there is one, and no risk is gathered here.
fn room_lists(coin: &'static str) -> Vec<List> {
    let trend = |measure, asset, step| {
        let query = [
            ("ledger", "main"),
            ("measure", measure),
            ("asset", asset),
            ("step", step),
        ];
        // A series has points, not items.
        empty(list("/situation/trend", &query))
    };
    vec![
        empty(list("/situation", &[("hours", "720")])),
        empty(list("/situation/risks", &[("kind", "account")])),
        trend("value", coin, "minute"),
        trend("value", coin, "hour"),
        trend("value", coin, "day"),
        trend("transactions", "", "day"),
        trend("findings", "", "day"),
        list("/situation/thresholds", &[]),
    ]
}

/// Lists of contracts and settings: the made-up city has none of these.
fn contract_lists() -> Vec<List> {
    let paths = [
        "/nodes",
        "/roles",
        "/proposals",
        "/chains",
        "/openings",
        "/certificates",
        "/operations/nodes",
        "/api-keys",
        "/passkeys",
        "/sessions",
        "/alarms",
        "/alarms/firing",
        "/alarms/history",
        "/channels",
        "/me/accounts",
        "/me/notices",
        "/cases",
        "/commands",
        "/notices",
    ];
    paths.map(|path| empty(list(path, &[]))).into()
}
