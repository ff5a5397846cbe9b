//! Organisations, nodes and the anchors of their records.

use super::{
    May::{Everybody, Proposal, Role},
    Section,
};
use crate::city::{
    ANCHORED, APPLICANT, BLOCK_HASH, CANDIDATE, HEIGHT, LEDGER, NEW_NODE, OBSERVER, SUSPENDED, anchor,
    application, certificate, concerned, join, key, organisation, sign,
};
use alloy_primitives::{Address, B256};
use aws_lc_rs::digest::{SHA256, digest};
use civitas_system_contracts::{
    governance::Kind::{Membership, Validators},
    interfaces::{IAudit, INodes, IOrganisations},
    nodes::proofs::{endpoint_message, ready_message},
};

pub(super) fn organisations() -> Section {
    let mut section = Section::of("Organisations");
    let proposal = [Proposal(Membership)];
    let museum = organisation("Museum");
    section.row(&join("Theatre"), &proposal);
    let change = IOrganisations::changeCall {
        id: museum,
        kind: IOrganisations::Kind::Business,
        level: 20,
        voting: false,
    };
    section.row(&change, &proposal);
    let set_status = IOrganisations::setStatusCall {
        id: museum,
        status: IOrganisations::Status::Suspended,
    };
    section.row(&set_status, &proposal);
    let add = IOrganisations::addAnchorCall {
        id: museum,
        certificate: certificate(2),
    };
    section.row(&add, &proposal);
    let remove = IOrganisations::removeAnchorCall {
        id: concerned(),
        fingerprint: B256::from_slice(digest(&SHA256, &certificate(1)).as_ref()),
    };
    section.row(&remove, &proposal);
    section
}

/// What the node signs, or would have to.
const NODE_SIGNATURE: &str = "the signature of the node's key";

pub(super) fn nodes() -> Section {
    let mut section = Section::of("Nodes");
    own_nodes(&mut section);
    membership(&mut section);
    let ready = |signer: u8| INodes::readyCall {
        key: key(CANDIDATE),
        height: HEIGHT - 1,
        blockHash: BLOCK_HASH,
        signature: sign(signer, ready_message(LEDGER, HEIGHT - 1, BLOCK_HASH).as_slice()),
    };
    let reason = "the node's signature decides, and a node has no account of its own";
    section.row(&ready(CANDIDATE), &[Everybody(reason)]).needs(
        NODE_SIGNATURE,
        &ready(OBSERVER),
        bad_signature(CANDIDATE),
    );
    section
}

fn bad_signature(seed: u8) -> INodes::BadSignature {
    INodes::BadSignature { key: key(seed) }
}

/// What an organisation does with nodes of its own.
fn own_nodes(section: &mut Section) {
    let administrator = [Role("OrganisationAdministrator")];
    let operators = [Role("OrganisationAdministrator"), Role("NodeOperator")];
    let observer = key(OBSERVER);
    let forged = INodes::registerCall {
        signature: application(APPLICANT).signature,
        ..application(NEW_NODE)
    };
    section.row(&application(NEW_NODE), &administrator).needs(
        NODE_SIGNATURE,
        &forged,
        bad_signature(NEW_NODE),
    );
    section.row(&INodes::retireCall { key: observer }, &administrator);
    let set_endpoint = |signer: u8| INodes::setEndpointCall {
        key: observer,
        endpoint: "other.example:9000".to_owned(),
        signature: sign(
            signer,
            endpoint_message(LEDGER, "other.example:9000", 0).as_slice(),
        ),
    };
    section.row(&set_endpoint(OBSERVER), &operators).needs(
        NODE_SIGNATURE,
        &set_endpoint(APPLICANT),
        bad_signature(OBSERVER),
    );
    let set_name = INodes::setNameCall {
        key: observer,
        name: "renamed".to_owned(),
    };
    section.row(&set_name, &operators);
    let set_beneficiary = INodes::setBeneficiaryCall {
        key: observer,
        beneficiary: Address::repeat_byte(1),
    };
    section.row(&set_beneficiary, &administrator);
    let suspend = INodes::emergencySuspendCall {
        key: observer,
        reason: "stolen".to_owned(),
    };
    section.row(&suspend, &[Role("EmergencyOfficer")]);
}

fn membership(section: &mut Section) {
    let proposal = [Proposal(Membership)];
    let observer = key(OBSERVER);
    let admit = INodes::admitCall {
        key: key(APPLICANT),
        role: INodes::Role::Observer,
    };
    section.row(&admit, &proposal);
    section.row(&INodes::suspendCall { key: observer }, &proposal);
    let suspended = key(SUSPENDED);
    section.row(&INodes::reactivateCall { key: suspended }, &proposal);
    section.row(&INodes::revokeCall { key: observer }, &proposal);
    let proposal = [Proposal(Validators)];
    let set_role = INodes::setRoleCall {
        key: observer,
        role: INodes::Role::Validator,
    };
    section.row(&set_role, &proposal);
    section.row(&INodes::suspendValidatorCall { key: key(1) }, &proposal);
    section.row(&INodes::revokeValidatorCall { key: key(1) }, &proposal);
}

pub(super) fn audit() -> Section {
    let mut section = Section::of("Audit");
    let reason = "the node's signature decides, and a node has no account of its own";
    section.row(&anchor(1, 1), &[Everybody(reason)]).needs(
        NODE_SIGNATURE,
        &anchor(1, ANCHORED),
        IAudit::BadSignature { key: key(1) },
    );
    section
}
