//! Identities, and the offices that open their records.

use super::{
    May::{Everybody, Party as By, Proposal, Role},
    Section,
};
use crate::city::{
    City, FROZEN_ID, ID, LEDGER, NEW_ID, Party, account_proof, binding, identity, method, no_consent, office,
    request_opening, sealed_record, service, sign,
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use civitas_system_contracts::{
    governance::Kind,
    identities::message::{account_message, consent_message, release_message},
    interfaces::{
        IIdentities::{self, IdentityProof},
        IOffices,
    },
    offices::SEALED_SHARE_BYTES,
};

pub(super) fn identities() -> Section {
    let mut section = Section::of("Identities");
    vouching(&mut section);
    documents(&mut section);
    bindings(&mut section);
    section
}

/// What the organisation does that vouches for an identity, and who regulates it.
fn vouching(section: &mut Section) {
    let issuer = [Role("IdentityIssuer")];
    let create = IIdentities::createCall {
        identity: identity(NEW_ID),
    };
    section.row(&create, &issuer);
    let set_commitments = IIdentities::setCommitmentsCall {
        id: ID,
        commitments: vec![B256::repeat_byte(0xc0)],
    };
    section.row(&set_commitments, &issuer);
    let regulators = [
        Role("IdentityIssuer"),
        Role("CityRegulator"),
        Role("DistrictRegulator"),
        Proposal(Kind::Control),
    ];
    let freeze = IIdentities::freezeCall {
        id: ID,
        reason: "case 8".to_owned(),
    };
    section.row(&freeze, &regulators);
    let unfreeze = IIdentities::unfreezeCall {
        id: FROZEN_ID,
        reason: String::new(),
    };
    section.row(&unfreeze, &regulators);
    let cancel = IIdentities::cancelCall {
        id: ID,
        reason: "merged".to_owned(),
    };
    let cancelling = [
        Role("IdentityIssuer"),
        Role("CityRegulator"),
        Proposal(Kind::Control),
    ];
    section.row(&cancel, &cancelling);
}

fn not_controller(caller: Address) -> IIdentities::NotAController {
    IIdentities::NotAController { id: ID, caller }
}

fn documents(section: &mut Section) {
    let id = ID;
    let controller = [By(Party::Controller)];
    let account = Address::repeat_byte(0x31).into_word();
    let set_controllers = IIdentities::setControllersCall {
        id,
        controllers: vec![account],
    };
    section.row(&set_controllers, &controller).refused(not_controller);
    let set_recovery = IIdentities::setRecoveryCall {
        id,
        recoverers: vec![account],
        threshold: 1,
    };
    section.row(&set_recovery, &controller).refused(not_controller);
    let add = IIdentities::addMethodCall {
        id,
        method: method("key-2"),
    };
    section.row(&add, &controller).refused(not_controller);
    let end = IIdentities::endMethodCall {
        id,
        fragment: "key-1".to_owned(),
        validUntil: 0,
    };
    section.row(&end, &controller).refused(not_controller);
    let add = IIdentities::addServiceCall {
        id,
        service: service("mail"),
    };
    section.row(&add, &controller).refused(not_controller);
    let remove = IIdentities::removeServiceCall {
        id,
        fragment: "site".to_owned(),
    };
    section.row(&remove, &controller).refused(not_controller);
    let approve = IIdentities::approveRecoveryCall {
        id,
        controllers: vec![account],
    };
    section
        .row(&approve, &[By(Party::Recoverer)])
        .refused(|caller| IIdentities::NotARecoverer { id: ID, caller });
}

const ACCOUNT_SIGNATURE: &str = "the signature of the account";

fn bindings(section: &mut Section) {
    // The same account on another chain, which is not bound yet.
    let binding = || binding(1, 1);
    let forged = || IIdentities::ProofForged {
        account: binding().account,
    };
    let bind = |text: &str, identity_proof: IdentityProof| IIdentities::bindCall {
        binding: binding(),
        accountProof: account_proof(text),
        identityProof: identity_proof,
    };
    let text = account_message(&binding()).unwrap();
    section
        .row(&bind(&text, no_consent()), &[By(Party::Controller)])
        .when("without the signature of a key of the identity")
        .refused(not_controller)
        .needs(ACCOUNT_SIGNATURE, &bind("another text", no_consent()), forged());
    let consent = |seed: u8| IdentityProof {
        fragment: "key-1".to_owned(),
        signature: sign(seed, consent_message(&binding()).unwrap().as_bytes()),
    };
    let reason = "the signatures of both sides decide";
    section
        .row(&bind(&text, consent(1)), &[Everybody(reason)])
        .when("with the signature of a key of the identity")
        .needs(ACCOUNT_SIGNATURE, &bind("another text", consent(1)), forged())
        .needs(
            "the signature of a key of the identity",
            &bind(&text, consent(2)),
            IIdentities::ConsentForged {
                id: ID,
                fragment: "key-1".to_owned(),
            },
        );
    unbinding(section);
}

fn unbinding(section: &mut Section) {
    let bound = binding(LEDGER, 1);
    let unbind = IIdentities::unbindCall {
        account: bound.account.clone(),
    };
    let may = [
        By(Party::BoundAccount),
        By(Party::Controller),
        Role("IdentityIssuer"),
        Role("CityRegulator"),
    ];
    section.row(&unbind, &may);
    let release = |text: &str| IIdentities::releaseCall {
        accountProof: account_proof(text),
        binding: bound.clone(),
    };
    let reason = "the account's signature decides";
    section
        .row(&release(&release_message(&bound).unwrap()), &[Everybody(reason)])
        .needs(
            ACCOUNT_SIGNATURE,
            &release("another text"),
            IIdentities::ProofForged {
                account: bound.account.clone(),
            },
        );
}

pub(super) fn offices(city: &City) -> Section {
    let mut section = Section::of("Offices");
    let proposal = [Proposal(Kind::Roles)];
    section.row(&office("Prosecution", Address::repeat_byte(0xd4)), &proposal);
    let remove = IOffices::removeOfficeCall {
        id: keccak256("Registry"),
    };
    section.row(&remove, &proposal);
    section.row(&IOffices::setThresholdCall { threshold: 3 }, &proposal);
    let seal = IOffices::sealCall {
        identity: ID,
        sealedRecord: sealed_record(),
    };
    section.row(&seal, &[Role("IdentityIssuer")]);
    let not_an_office = |account: Address| IOffices::NotAnOffice { account };
    section
        .row(&request_opening(), &[By(Party::Office)])
        .refused(not_an_office);
    let approve = IOffices::approveOpeningCall {
        id: city.opening,
        sealedShare: Bytes::from(vec![2; SEALED_SHARE_BYTES]),
    };
    section.row(&approve, &[By(Party::Office)]).refused(not_an_office);
    section
}
