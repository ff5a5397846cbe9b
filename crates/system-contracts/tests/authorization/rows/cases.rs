//! Cases, commands and notices.

use super::{
    May::{CityRole, Everybody, Party as By, Proposal, Role},
    Section,
};
use crate::{
    city::{NEWCOMER, Party, chain_id},
    supervised::{CASE, HOOKED, IN_FORCE, LATE, NOTICE, ORDERED, attestation, notice, order, proof},
};
use alloy_primitives::B256;
use civitas_system_contracts::{
    governance::Kind::Control,
    interfaces::ICases::{self, CommandStatus, Level},
};

pub(super) fn cases() -> Section {
    let mut section = Section::of("Cases");
    let regulators = [
        CityRole("CityRegulator"),
        CityRole("DistrictRegulator"),
        CityRole("SectorRegulator"),
    ];
    let open = ICases::openCall {
        title: "Fraud".to_owned(),
        subject: format!("eip155:{HOOKED}"),
        legalBasis: "Penal code, section 263".to_owned(),
    };
    section.row(&open, &regulators);
    let add = ICases::addEvidenceCall {
        caseId: CASE,
        hash: B256::repeat_byte(1),
        source: "finding/7".to_owned(),
    };
    section.row(&add, &regulators);
    let close = ICases::closeCall {
        caseId: CASE,
        outcome: "cleared up".to_owned(),
    };
    section.row(&close, &regulators[..2]);
    section.row(&order(Level::Hook, NEWCOMER), &regulators);
    section.row(&notice(), &regulators);
    decisions(&mut section);
    proofs(&mut section);
    section
}

/// What another person decides than who ordered.
fn decisions(section: &mut Section) {
    let deciders = [
        CityRole("CityRegulator"),
        CityRole("DistrictRegulator"),
        Proposal(Control),
    ];
    section.row(&ICases::approveCall { id: ORDERED }, &deciders);
    let withdraw = ICases::withdrawCall {
        id: ORDERED,
        reason: "not needed".to_owned(),
    };
    section.row(&withdraw, &deciders);
    let reply = ICases::replyCall {
        id: NOTICE,
        replyHash: B256::repeat_byte(2),
        text: "invoices are enclosed".to_owned(),
    };
    section.row(
        &reply,
        &[Role("OrganisationAdministrator"), Role("BusinessOperator")],
    );
}

fn proofs(section: &mut Section) {
    let chain = chain_id(HOOKED);
    let another_signature = ICases::attestCall {
        signature: vec![1; 65].into(),
        ..attestation()
    };
    let caller = Party::Gateway.account();
    section
        .row(&attestation(), &[By(Party::Gateway)])
        .refused(move |caller| ICases::NotAGateway { chain, caller })
        .needs(
            "the gateway's signature under the command",
            &another_signature,
            ICases::AttestationForged { id: IN_FORCE, caller },
        );
    let nothing_stored = ICases::proveCall {
        storageProof: Vec::new(),
        ..proof()
    };
    let reason = "the proof decides; who brings it decides nothing";
    section.row(&proof(), &[Everybody(reason)]).needs(
        "a proof of the state of the chain",
        &nothing_stored,
        ICases::ProofInvalid {
            id: IN_FORCE,
            what: "the storage proof does not show the slot".to_owned(),
        },
    );
    let reason = "the time decides; it is only written down";
    let late = ICases::declareOverdueCall { id: LATE };
    section.row(&late, &[Everybody(reason)]).needs(
        "a deadline that has passed",
        &ICases::declareOverdueCall { id: IN_FORCE },
        ICases::WrongStatus {
            id: IN_FORCE,
            status: CommandStatus::InForce,
        },
    );
}
