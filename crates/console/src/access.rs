//! Who may use which endpoint: the one table. An endpoint that does not stand here is closed to everybody, and a test
//! walks the OpenAPI document to see that each stands here and is kept as the table says.

use crate::right::Right;

/// What an endpoint asks of who uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is how one signs in, or says nothing about the city.
    Open,
    /// A session, whatever its rights.
    Session,
    /// A right.
    Right(Right),
    /// A right, and a proof of the last minutes: what it does cannot be taken back by the next click.
    Proof(Right),
}

/// A row: method, path below `/api`, need.
pub type Row = (&'static str, &'static str, Need);

use Need::{Open, Proof, Right as Needs, Session};

/// The table.
pub const TABLE: &[Row] = &[
    ("GET", "/health", Open),
    ("GET", "/openapi.json", Open),
    // Signing in, and the own session.
    ("GET", "/v1/session", Open),
    ("DELETE", "/v1/session", Open),
    ("POST", "/v1/session/challenge", Open),
    ("POST", "/v1/session/account", Open),
    ("POST", "/v1/session/setup", Open),
    ("GET", "/v1/session/examples", Open),
    ("GET", "/v1/session/oidc/start", Open),
    ("GET", "/v1/session/oidc/callback", Open),
    ("POST", "/v1/session/passkey/login/begin", Open),
    ("POST", "/v1/session/passkey/login/finish", Open),
    ("POST", "/v1/session/passkey/register/begin", Session),
    ("POST", "/v1/session/passkey/register/finish", Session),
    ("GET", "/v1/sessions", Needs(Right::OwnData)),
    ("DELETE", "/v1/sessions/{id}", Session),
    ("GET", "/v1/passkeys", Needs(Right::OwnData)),
    ("DELETE", "/v1/passkeys/{id}", Session),
    ("GET", "/v1/api-keys", Needs(Right::OwnData)),
    ("POST", "/v1/api-keys", Session),
    ("DELETE", "/v1/api-keys/{id}", Session),
    ("GET", "/v1/sign-ins", Needs(Right::OwnData)),
    // Looking at the city.
    ("GET", "/v1/overview", Needs(Right::Explore)),
    ("GET", "/v1/topology", Needs(Right::Explore)),
    ("GET", "/v1/search", Needs(Right::Explore)),
    ("GET", "/v1/stream", Needs(Right::Explore)),
    ("GET", "/v1/ledgers", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}/activity", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}/flows", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}/blocks", Needs(Right::Explore)),
    (
        "GET",
        "/v1/ledgers/{ledger}/blocks/{block}",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/blocks/{block}/certificate",
        Needs(Right::Explore),
    ),
    ("GET", "/v1/ledgers/{ledger}/transactions", Needs(Right::Explore)),
    (
        "GET",
        "/v1/ledgers/{ledger}/transactions/{hash}",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/transactions/{hash}/trace",
        Needs(Right::Trace),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/transactions/{hash}/changes",
        Needs(Right::Trace),
    ),
    ("GET", "/v1/ledgers/{ledger}/accounts", Needs(Right::Explore)),
    (
        "GET",
        "/v1/ledgers/{ledger}/accounts/{address}",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/accounts/{address}/transactions",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/accounts/{address}/transfers",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/accounts/{address}/balances",
        Needs(Right::Explore),
    ),
    ("GET", "/v1/ledgers/{ledger}/contracts", Needs(Right::Explore)),
    (
        "GET",
        "/v1/ledgers/{ledger}/contracts/{address}",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/contracts/{address}/source",
        Needs(Right::Explore),
    ),
    // What is verified or given is seen by everybody, with who did it.
    (
        "POST",
        "/v1/ledgers/{ledger}/contracts/{address}/source",
        Needs(Right::Transact),
    ),
    (
        "PUT",
        "/v1/ledgers/{ledger}/contracts/{address}/abi",
        Needs(Right::Transact),
    ),
    ("GET", "/v1/compilers", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}/events", Needs(Right::Explore)),
    ("GET", "/v1/ledgers/{ledger}/tokens", Needs(Right::Explore)),
    (
        "GET",
        "/v1/ledgers/{ledger}/tokens/{address}",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/tokens/{address}/holders",
        Needs(Right::Explore),
    ),
    (
        "GET",
        "/v1/ledgers/{ledger}/tokens/{address}/transfers",
        Needs(Right::Explore),
    ),
    // Transactions: the ledger decides about them; the console only makes them ready and passes them on.
    ("POST", "/v1/call", Needs(Right::Explore)),
    ("POST", "/v1/prepare", Needs(Right::Transact)),
    // Wallets have no session. Who has none is served the methods that a wallet needs, and no others.
    ("POST", "/v1/ledgers/{ledger}/rpc", Open),
    // Governance.
    ("GET", "/v1/organisations", Needs(Right::ReadGovernance)),
    ("GET", "/v1/organisations/{name}", Needs(Right::ReadGovernance)),
    ("GET", "/v1/nodes", Needs(Right::ReadGovernance)),
    ("GET", "/v1/nodes/{name}", Needs(Right::ReadGovernance)),
    ("GET", "/v1/certificates", Needs(Right::ReadGovernance)),
    ("GET", "/v1/roles", Needs(Right::ReadGovernance)),
    ("GET", "/v1/roles/{id}", Needs(Right::ReadGovernance)),
    ("GET", "/v1/roles/{id}/grants", Needs(Right::ReadGovernance)),
    ("GET", "/v1/permissions/who-can", Needs(Right::ReadGovernance)),
    ("GET", "/v1/parameters", Needs(Right::ReadGovernance)),
    ("GET", "/v1/proposals", Needs(Right::ReadGovernance)),
    ("GET", "/v1/proposals/{id}", Needs(Right::ReadGovernance)),
    ("GET", "/v1/chains", Needs(Right::ReadGovernance)),
    ("GET", "/v1/content", Needs(Right::ReadGovernance)),
    ("GET", "/v1/chains/{id}", Needs(Right::ReadGovernance)),
    ("GET", "/v1/chains/{id}/anchors", Needs(Right::ReadGovernance)),
    // What is about people.
    ("GET", "/v1/identities", Needs(Right::ReadIdentities)),
    ("GET", "/v1/identities/{did}", Needs(Right::ReadIdentities)),
    (
        "GET",
        "/v1/identities/{did}/activity",
        Needs(Right::ReadIdentities),
    ),
    ("GET", "/v1/openings", Needs(Right::ReadOpenings)),
    ("GET", "/v1/audit", Needs(Right::ReadAudit)),
    ("GET", "/v1/me", Needs(Right::OwnData)),
    ("GET", "/v1/me/accounts", Needs(Right::OwnData)),
    ("GET", "/v1/me/accesses", Needs(Right::OwnData)),
    ("GET", "/v1/me/activity", Needs(Right::OwnData)),
    // Watching and running.
    ("GET", "/v1/query", Needs(Right::Monitor)),
    ("POST", "/v1/query", Needs(Right::Monitor)),
    ("GET", "/v1/query_range", Needs(Right::Monitor)),
    ("POST", "/v1/query_range", Needs(Right::Monitor)),
    ("GET", "/v1/labels", Needs(Right::Monitor)),
    ("GET", "/v1/label/{name}/values", Needs(Right::Monitor)),
    ("GET", "/v1/series", Needs(Right::Monitor)),
    ("GET", "/v1/logs", Needs(Right::ReadLogs)),
    ("GET", "/v1/alarms", Needs(Right::Monitor)),
    ("POST", "/v1/alarms", Needs(Right::ManageAlarms)),
    ("GET", "/v1/alarms/{id}", Needs(Right::Monitor)),
    ("PUT", "/v1/alarms/{id}", Needs(Right::ManageAlarms)),
    ("DELETE", "/v1/alarms/{id}", Needs(Right::ManageAlarms)),
    ("GET", "/v1/alarms/export", Needs(Right::ManageAlarms)),
    ("POST", "/v1/alarms/import", Needs(Right::ManageAlarms)),
    ("GET", "/v1/alarms/firing", Needs(Right::Monitor)),
    ("GET", "/v1/alarms/history", Needs(Right::Monitor)),
    ("GET", "/v1/alarms/silences", Needs(Right::Monitor)),
    ("DELETE", "/v1/alarms/silences/{id}", Needs(Right::ManageAlarms)),
    ("POST", "/v1/alarms/{id}/silence", Needs(Right::ManageAlarms)),
    ("POST", "/v1/alarms/{id}/acknowledge", Needs(Right::ManageAlarms)),
    ("GET", "/v1/channels", Needs(Right::ManageAlarms)),
    ("POST", "/v1/channels", Needs(Right::ManageAlarms)),
    ("GET", "/v1/channels/{id}", Needs(Right::ManageAlarms)),
    ("PUT", "/v1/channels/{id}", Needs(Right::ManageAlarms)),
    ("DELETE", "/v1/channels/{id}", Needs(Right::ManageAlarms)),
    ("POST", "/v1/channels/{id}/test", Needs(Right::ManageAlarms)),
    // Supervision: findings are about people.
    ("GET", "/v1/supervision", Needs(Right::ReadFindings)),
    ("GET", "/v1/supervision/findings", Needs(Right::ReadFindings)),
    (
        "GET",
        "/v1/supervision/findings/{number}",
        Needs(Right::ReadFindings),
    ),
    (
        "POST",
        "/v1/supervision/findings/{number}/dismiss",
        Needs(Right::Supervise),
    ),
    ("GET", "/v1/supervision/rules", Needs(Right::ReadFindings)),
    ("POST", "/v1/supervision/rules", Needs(Right::Supervise)),
    ("POST", "/v1/supervision/rules/check", Needs(Right::Supervise)),
    ("GET", "/v1/supervision/rules/{id}", Needs(Right::ReadFindings)),
    (
        "POST",
        "/v1/supervision/rules/{id}/versions/{version}/mode",
        Proof(Right::Supervise),
    ),
    ("GET", "/v1/supervision/lists", Needs(Right::ReadFindings)),
    ("GET", "/v1/supervision/lists/{name}", Needs(Right::ReadFindings)),
    ("PUT", "/v1/supervision/lists/{name}", Needs(Right::Supervise)),
    ("GET", "/v1/supervision/back-tests", Needs(Right::Supervise)),
    ("POST", "/v1/supervision/back-tests", Needs(Right::Supervise)),
    (
        "GET",
        "/v1/supervision/back-tests/{number}",
        Needs(Right::Supervise),
    ),
    (
        "DELETE",
        "/v1/supervision/back-tests/{number}",
        Needs(Right::Supervise),
    ),
    (
        "GET",
        "/v1/supervision/findings/{number}/document",
        Needs(Right::ReadFindings),
    ),
    // Cases, commands and notices: what is done about findings. Orders themselves are signed, and judged by the ledger.
    ("GET", "/v1/cases", Needs(Right::ReadFindings)),
    ("GET", "/v1/cases/subject", Needs(Right::ReadFindings)),
    ("GET", "/v1/cases/{id}", Needs(Right::ReadFindings)),
    ("GET", "/v1/commands", Needs(Right::ReadFindings)),
    ("GET", "/v1/commands/{id}", Needs(Right::ReadFindings)),
    ("GET", "/v1/notices", Needs(Right::ReadFindings)),
    ("POST", "/v1/notices/texts", Needs(Right::Supervise)),
    ("GET", "/v1/me/notices", Needs(Right::OwnData)),
    ("GET", "/v1/reports/period", Needs(Right::ReadFindings)),
    ("GET", "/v1/reports/period/file", Needs(Right::ReadFindings)),
    ("GET", "/v1/reports/cases/{id}/file", Needs(Right::ReadFindings)),
    // The situation room shows the whole city, and whose risk is high.
    ("GET", "/v1/situation", Needs(Right::ReadFindings)),
    ("GET", "/v1/situation/risks", Needs(Right::ReadFindings)),
    ("GET", "/v1/situation/trend", Needs(Right::ReadFindings)),
    ("GET", "/v1/situation/thresholds", Needs(Right::ReadFindings)),
    ("PUT", "/v1/situation/thresholds", Needs(Right::Supervise)),
    ("GET", "/v1/operations/console", Needs(Right::Monitor)),
    ("GET", "/v1/operations/nodes", Needs(Right::Monitor)),
    ("GET", "/v1/operations/nodes/{name}", Needs(Right::Monitor)),
    ("POST", "/v1/operations/nodes/{name}/start", Needs(Right::Operate)),
    ("POST", "/v1/operations/nodes/{name}/stop", Proof(Right::Operate)),
    (
        "POST",
        "/v1/operations/nodes/{name}/certificate/renew",
        Proof(Right::Operate),
    ),
];

/// What an endpoint asks; none if it is closed to everybody. `path` as the router has it, with `/api` before it.
pub fn need(method: &str, path: &str) -> Option<Need> {
    let path = path.strip_prefix("/api")?;
    // HEAD is answered by the handler of GET.
    let method = if method == "HEAD" { "GET" } else { method };
    let row = TABLE
        .iter()
        .find(|(known, place, _)| *known == method && *place == path);
    row.map(|(_, _, need)| *need)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{document, operations};

    #[test]
    fn every_endpoint_stands_in_the_table_and_every_row_is_an_endpoint() {
        let mut document = document();
        let mut endpoints = Vec::new();
        for (path, item) in &mut document.paths.paths {
            endpoints.extend(
                operations(item)
                    .into_iter()
                    .map(|(method, _)| (method, path.clone())),
            );
        }
        let uncovered: Vec<_> = endpoints
            .iter()
            .filter(|(method, path)| need(method, path).is_none())
            .collect();
        assert!(uncovered.is_empty(), "without a row: {uncovered:?}");
        let is_endpoint = |row: &&Row| {
            endpoints
                .iter()
                .any(|(method, path)| *method == row.0 && *path == format!("/api{}", row.1))
        };
        let idle: Vec<_> = TABLE.iter().filter(|row| !is_endpoint(row)).collect();
        assert!(idle.is_empty(), "rows without an endpoint: {idle:?}");
    }

    #[test]
    fn what_is_not_in_the_table_is_closed() {
        assert_eq!(need("PATCH", "/api/v1/overview"), None);
        assert_eq!(need("GET", "/v1/overview"), None);
        assert_eq!(need("HEAD", "/api/v1/overview"), Some(Needs(Right::Explore)));
    }
}
