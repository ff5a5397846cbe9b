//! Endpoints: parameters.

use super::prelude::*;
use crate::{ledger_view, ledgers::MAIN, registries::ask};
use IGovernance::Kind as ProposalKind;
use civitas_system_contracts::{
    address::{CONTROL, GOVERNANCE, OFFICES},
    interfaces::{IControl, IGovernance, IOffices},
};
use futures::future::try_join_all;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(parameters))
}

/// Parameters of the city.
#[utoipa::path(
    get,
    path = "/parameters",
    tag = "parameters",
    responses((status = 200, body = governance::Parameters))
)]
pub async fn parameters(State(console): State<Shared>) -> Answer<governance::Parameters> {
    let main = console.main().await?;
    let (rules, policy, office_threshold) = futures::try_join!(
        try_join_all(KINDS.map(|kind| rule(&main, kind))),
        ask(&main, CONTROL, &IControl::policyCall {}),
        ask(&main, OFFICES, &IOffices::thresholdCall {}),
    )?;
    let mut ledgers = Vec::new();
    for ledger in console.ledgers.all().await {
        let node = console.ledgers.node(&ledger.name).await?;
        match node.parameters().await {
            Ok(parameters) => ledgers.push(governance::NamedLedgerParameters {
                name: ledger.name,
                chain_id: parameters.chain_id,
                parameters: ledger_view::parameters(parameters),
            }),
            // A partition whose nodes are all away is left out; the main ledger answers, or nothing does.
            Err(error) if ledger.name == MAIN => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(Json(governance::Parameters {
        rules,
        policy: governance::Policy {
            deployment_restricted: policy.deploymentRestricted,
            identity_required: policy.identityRequired,
            default_quota: policy.defaultQuota,
            period_seconds: policy.periodSeconds,
        },
        ledgers,
        office_threshold,
    }))
}

/// Kinds of proposals.
const KINDS: [ProposalKind; 8] = [
    ProposalKind::Membership,
    ProposalKind::Validators,
    ProposalKind::Parameters,
    ProposalKind::Roles,
    ProposalKind::Control,
    ProposalKind::Chains,
    ProposalKind::Ledgers,
    ProposalKind::Rules,
];

async fn rule(main: &civitas_sdk::Node, kind: ProposalKind) -> Result<governance::Rule, Problem> {
    let rule = ask(main, GOVERNANCE, &IGovernance::ruleCall { kind }).await?;
    Ok(governance::Rule {
        kind: format!("{kind:?}"),
        approval_percent: rule.approvalPercent,
        approvals_min: rule.approvalsMin,
        voting_seconds: rule.votingSeconds,
        timelock_seconds: rule.timelockSeconds,
    })
}
