//! The life of proposals, and every refusal.

use super::*;
use crate::{
    address::{CONTROL, ORGANISATIONS},
    genesis::tests::founded,
    interfaces::{IControl, IOrganisations},
    memory::MemoryHost,
};
use alloy_sol_types::SolError;

const OFFICE: Address = Address::repeat_byte(0xa1);
const OFFICE_SECOND: Address = Address::repeat_byte(0xa2);
const WORKS: Address = Address::repeat_byte(0xb1);
const SYSTEMS: Address = Address::repeat_byte(0xc1);
const STRANGER: Address = Address::repeat_byte(0xee);

fn id(name: &str) -> B256 {
    organisations::id_of(name)
}

fn act(city: &mut MemoryHost, caller: Address, call: &impl SolCall) -> Result<Bytes, Fault> {
    city.call(caller, ADDRESS, &call.abi_encode())
}

fn join(name: &str) -> Action {
    let call = IOrganisations::joinCall {
        name: name.to_owned(),
        kind: IOrganisations::Kind::Supporter,
        level: 10,
        voting: false,
    };
    Action {
        target: ORGANISATIONS,
        data: call.abi_encode().into(),
    }
}

fn propose_as(
    city: &mut MemoryHost,
    caller: Address,
    organisation: &str,
    actions: Vec<Action>,
) -> Result<u64, Fault> {
    let call = abi::proposeCall {
        organisation: id(organisation),
        title: "a change".to_owned(),
        actions,
    };
    let answer = act(city, caller, &call)?;
    Ok(abi::proposeCall::abi_decode_returns(&answer).unwrap())
}

fn vote_as(
    city: &mut MemoryHost,
    caller: Address,
    organisation: &str,
    (id_of_proposal, approve): (u64, bool),
) -> Result<Bytes, Fault> {
    let call = abi::voteCall {
        id: id_of_proposal,
        organisation: id(organisation),
        approve,
        reason: String::new(),
    };
    act(city, caller, &call)
}

fn execute(city: &mut MemoryHost, id: u64) -> Result<Bytes, Fault> {
    act(city, STRANGER, &abi::executeCall { id })
}

fn refused<E: SolError>(result: Result<impl std::fmt::Debug, Fault>) -> E {
    match result {
        Err(Fault::Refused(data)) => E::abi_decode(&data).unwrap_or_else(|_| panic!("another error: {data}")),
        other => panic!("not refused: {other:?}"),
    }
}

/// A proposal with the approvals that it needs.
fn approved(city: &mut MemoryHost, actions: Vec<Action>) -> u64 {
    let id = propose_as(city, OFFICE, "Office", actions).unwrap();
    vote_as(city, WORKS, "Works", (id, true)).unwrap();
    vote_as(city, SYSTEMS, "Systems", (id, true)).unwrap();
    id
}

#[test]
fn a_proposal_is_approved_waits_and_is_executed() {
    let mut city = founded();
    let proposal_id = approved(&mut city, vec![join("Museum")]);
    let early: abi::ProposalNotExecutable = refused(execute(&mut city, proposal_id));
    assert_eq!((early.status, early.executableFrom), (Status::Approved, 5_100));
    assert!(!organisations::is_active(&mut city, id("Museum")).unwrap());
    city.block.timestamp = 5_100;
    execute(&mut city, proposal_id).unwrap();
    assert!(organisations::is_active(&mut city, id("Museum")).unwrap());
    let shown = proposal(&mut city, proposal_id).unwrap();
    assert_eq!(
        (shown.status, shown.approvals, shown.approvalsNeeded),
        (Status::Executed, 2, 2)
    );
    let again: abi::ProposalNotExecutable = refused(execute(&mut city, proposal_id));
    assert_eq!(again.status, Status::Executed);
}

#[test]
fn only_representatives_of_voting_organisations_take_part() {
    let mut city = founded();
    let stranger = propose_as(&mut city, STRANGER, "Office", vec![join("Museum")]);
    let _: abi::NotARepresentative = refused(stranger);
    let other = propose_as(&mut city, OFFICE, "Works", vec![join("Museum")]);
    let _: abi::NotARepresentative = refused(other);
    let id = propose_as(&mut city, OFFICE, "Office", vec![join("Museum")]).unwrap();
    let _: abi::NotARepresentative = refused(vote_as(&mut city, STRANGER, "Works", (id, true)));
    let _: abi::NotARepresentative = refused(vote_as(&mut city, WORKS, "Systems", (id, true)));
}

#[test]
fn nobody_votes_twice_and_the_proposer_never() {
    let mut city = founded();
    let id = propose_as(&mut city, OFFICE, "Office", vec![join("Museum")]).unwrap();
    let _: abi::ProposerCannotVote = refused(vote_as(&mut city, OFFICE, "Office", (id, true)));
    vote_as(&mut city, OFFICE_SECOND, "Office", (id, true)).unwrap();
    let _: abi::AlreadyVoted = refused(vote_as(&mut city, OFFICE_SECOND, "Office", (id, true)));
    assert_eq!(proposal(&mut city, id).unwrap().status, Status::Open);
}

#[test]
fn two_rejections_of_three_end_it() {
    let mut city = founded();
    let id = propose_as(&mut city, OFFICE, "Office", vec![join("Museum")]).unwrap();
    vote_as(&mut city, WORKS, "Works", (id, false)).unwrap();
    assert_eq!(proposal(&mut city, id).unwrap().status, Status::Open);
    vote_as(&mut city, SYSTEMS, "Systems", (id, false)).unwrap();
    let closed: abi::ProposalNotOpen = refused(vote_as(&mut city, OFFICE_SECOND, "Office", (id, true)));
    assert_eq!(closed.status, Status::Rejected);
}

#[test]
fn time_ends_votes_and_windows() {
    let mut city = founded();
    let open = propose_as(&mut city, OFFICE, "Office", vec![join("Museum")]).unwrap();
    let waiting = approved(&mut city, vec![join("Library")]);
    city.block.timestamp = 6_001;
    let late: abi::ProposalNotOpen = refused(vote_as(&mut city, WORKS, "Works", (open, true)));
    assert_eq!(late.status, Status::Expired);
    city.block.timestamp = 5_100 + EXECUTION_SECONDS + 1;
    let late: abi::ProposalNotExecutable = refused(execute(&mut city, waiting));
    assert_eq!(late.status, Status::Expired);
}

#[test]
fn only_the_proposer_withdraws() {
    let mut city = founded();
    let id = propose_as(&mut city, OFFICE, "Office", vec![join("Museum")]).unwrap();
    let _: abi::NotTheProposer = refused(act(&mut city, OFFICE_SECOND, &abi::withdrawCall { id }));
    act(&mut city, OFFICE, &abi::withdrawCall { id }).unwrap();
    assert_eq!(proposal(&mut city, id).unwrap().status, Status::Withdrawn);
}

#[test]
fn what_is_not_governed_cannot_be_proposed() {
    let mut city = founded();
    let view = IControl::policyCall {}.abi_encode();
    let cases = [
        (CONTROL, view),
        (STRANGER, vec![1, 2, 3, 4]),
        (ORGANISATIONS, Vec::new()),
        (ADDRESS, abi::executeCall { id: 1 }.abi_encode()),
    ];
    for (target, data) in cases {
        let action = Action {
            target,
            data: data.into(),
        };
        let _: abi::ActionNotAllowed = refused(propose_as(&mut city, OFFICE, "Office", vec![action]));
    }
}

#[test]
fn an_action_that_is_refused_undoes_the_others() {
    let mut city = founded();
    let id_of_proposal = approved(&mut city, vec![join("Museum"), join("Office")]);
    city.block.timestamp = 5_100;
    let failed: abi::ActionFailed = refused(execute(&mut city, id_of_proposal));
    assert_eq!(failed.index, 1);
    let reason = IOrganisations::OrganisationExists::abi_decode(&failed.reason).unwrap();
    assert_eq!(reason.id, id("Office"));
    assert!(!organisations::is_active(&mut city, id("Museum")).unwrap());
    assert_eq!(
        proposal(&mut city, id_of_proposal).unwrap().status,
        Status::Approved
    );
}

#[test]
fn a_rule_that_nobody_could_meet_and_a_vote_too_few_are_refused() {
    let mut city = founded();
    let rule = abi::setRuleCall {
        kind: Kind::Rules,
        rule: Rule {
            approvalPercent: 100,
            approvalsMin: 4,
            votingSeconds: 100,
            timelockSeconds: 0,
        },
    };
    let direct: crate::fault::Unauthorized = refused(act(&mut city, OFFICE, &rule));
    assert_eq!(direct.caller, OFFICE);
    let action = Action {
        target: ADDRESS,
        data: rule.abi_encode().into(),
    };
    let id_of_proposal = approved(&mut city, vec![action]);
    city.block.timestamp = 5_100;
    let failed: abi::ActionFailed = refused(execute(&mut city, id_of_proposal));
    abi::WouldLockOut::abi_decode(&failed.reason).unwrap();
    let leave = |name: &str| {
        let call = IOrganisations::setStatusCall {
            id: id(name),
            status: IOrganisations::Status::Left,
        };
        Action {
            target: ORGANISATIONS,
            data: call.abi_encode().into(),
        }
    };
    let id_of_proposal = approved(&mut city, vec![leave("Works"), leave("Systems")]);
    city.block.timestamp += 100;
    let failed: abi::ActionFailed = refused(execute(&mut city, id_of_proposal));
    abi::WouldLockOut::abi_decode(&failed.reason).unwrap();
}

#[test]
fn a_static_call_and_a_call_without_gas_change_nothing() {
    let mut city = founded();
    let before = city.storage.clone();
    city.read_only = true;
    let call = abi::proposeCall {
        organisation: id("Office"),
        title: String::new(),
        actions: vec![join("Museum")],
    };
    assert_eq!(act(&mut city, OFFICE, &call), Err(Fault::ReadOnly));
    city.read_only = false;
    city.gas_used = 0;
    city.gas_max = 50_000;
    assert_eq!(act(&mut city, OFFICE, &call), Err(Fault::OutOfGas));
    assert_eq!(city.storage, before);
}
