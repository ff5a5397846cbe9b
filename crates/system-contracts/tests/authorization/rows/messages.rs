//! Messages between chains.

use super::{
    May::{Everybody, Party as By, Proposal, Role},
    Section,
};
use crate::{
    city::{City, FROZEN, Party, chain_id},
    posted::{POSTED, delivery_attestation, forged_proof_of, held, passed, proof_of, set_mailbox},
};
use alloy_primitives::Address;
use civitas_system_contracts::{
    address::MESSAGES,
    governance::Kind::Chains,
    interfaces::IMessages,
    messages::{MAIN_LEDGER, id_of},
};

pub(super) fn messages(city: &City) -> Section {
    let mut section = Section::of("Messages");
    let chain = chain_id(POSTED);
    let another = IMessages::setMailboxCall {
        mailbox: Address::repeat_byte(0x9c),
        ..set_mailbox()
    };
    section.row(&another, &[Role("ChainReviewer"), Proposal(Chains)]);
    let not_there = || IMessages::ProofInvalid {
        chain,
        what: "the event is not in the batch".to_owned(),
    };
    let reason = "the proof decides; who brings it decides nothing";
    section
        .row(&IMessages::relayCall { proof: proof_of(2) }, &[Everybody(reason)])
        .needs(
            "a proof that the event is in an anchored batch",
            &IMessages::relayCall {
                proof: forged_proof_of(2),
            },
            not_there(),
        );
    section
        .row(
            &IMessages::confirmCall { proof: proof_of(3) },
            &[Everybody(reason)],
        )
        .needs(
            "a proof that the event is in an anchored batch",
            &IMessages::confirmCall {
                proof: forged_proof_of(3),
            },
            not_there(),
        );
    let reason = "the rules decide; the message is the one that was proven";
    section
        .row(&IMessages::retryCall { id: held() }, &[Everybody(reason)])
        .needs(
            "a message that was held",
            &IMessages::retryCall { id: passed() },
            IMessages::WrongStatus {
                id: passed(),
                status: IMessages::Status::Passed,
            },
        );
    let send = IMessages::sendCall {
        destination: chain,
        target: Address::repeat_byte(0x9b).to_vec().into(),
        payload: b"hello".into(),
    };
    let reason = "the rules decide; everybody may send transactions, too";
    let to_a_frozen_chain = IMessages::sendCall {
        destination: chain_id(FROZEN),
        ..send.clone()
    };
    section.row(&send, &[Everybody(reason)]).needs(
        "sender, destination and target of which nothing is frozen",
        &to_a_frozen_chain,
        IMessages::MayNotPass {
            id: id_of(MAIN_LEDGER, MESSAGES, 1),
            reason: IMessages::Reason::DestinationNotActive,
        },
    );
    let mut city = City {
        host: city.host.clone(),
        ..*city
    };
    let attestation = delivery_attestation(&mut city);
    let another_signature = IMessages::attestCall {
        signature: vec![1; 65].into(),
        ..attestation.clone()
    };
    section
        .row(&attestation, &[By(Party::Gateway)])
        .refused(move |caller| IMessages::NotAGateway { chain, caller })
        .needs(
            "the gateway's signature under the delivery",
            &another_signature,
            IMessages::AttestationForged {
                id: passed(),
                caller: Party::Gateway.account(),
            },
        );
    section
}
