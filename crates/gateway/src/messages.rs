//! Messages between chains: what a gateway does for those that leave its chain, and for those that come to it.
//!
//! ```text
//!  archive (anchored batches) ─▶ MessageSent ─▶ relay ─▶ main ledger: Messages ─▶ Passed, to this chain ─▶ attest
//!                             └▶ MessageDelivered ─▶ confirm ─▶ ┘     └▶ Held ─▶ retry     enough attested ─▶ Mailbox.deliver
//! ```
//!
//! Invariants:
//! - Nothing is kept but places of events in memory: what was done, the two ledgers say, and they refuse what is done twice. Killed
//!   anywhere, it goes on.
//! - Nothing is signed, and nothing delivered, unless the main ledger says at that moment that the message may pass. A signature ends with
//!   its half minute.
//! - The gateways of a chain take turns of five seconds, so that one does not work in vain for another, and a silent one holds nothing up.

use crate::{Account, GatewayError, Intent, MainLedger, archive, config::ChainConfig, ledger::ask};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_ports::{OutwardCall, Sent};
use civitas_system_contracts::{
    address::MESSAGES,
    anchors::Following,
    chains,
    interfaces::IMessages::{
        attestCall, attestationsCall, clockCall, clockReturn, confirmCall, mailboxCall, messageCall,
        openCall, relayCall, retryCall, verdictCall,
    },
    messages::{
        MAIN_LEDGER, Message, Proof, Reason, Status as MessageStatus,
        delivery::{Delivery, MailboxPlace, PERIOD_SECONDS, deliverCall, delivery},
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};
use tracing::{info, warn};

mod outside;
mod search;

pub use outside::Outside;
use search::{DeliveryKey, Search, Sighting};

/// Seconds of a turn: some blocks of the main ledger.
const TURN_SECONDS: u64 = 5;
/// Messages that one step takes up of each kind, at most: a step ends within seconds.
const TAKEN_MAX: u64 = 20;
/// Seconds that a signature must still hold to be worth a delivery.
const VALID_SECONDS_MIN: u64 = 5;
/// Gas of a delivery, at most: the target's half million, 16 signatures, and a kilobyte of payload, twice.
const DELIVERY_GAS_MAX: u64 = 2_000_000;
/// Gas of storage that a message may need above what was estimated, when another one comes first.
const GAS_EXTRA: u64 = 200_000;
/// Seconds of the main ledger for which the chain is not asked again about a message that its newest block says is delivered: a block that
/// is not final yet may go.
const DELIVERED_SECONDS: u64 = 60;
/// Ids of deliveries that are remembered, at most.
const DELIVERED_MAX: usize = 4_096;

/// What a gateway did for messages since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageCounts {
    /// Messages that it brought to the main ledger.
    pub relayed: u64,
    /// Held messages that it let pass when they might.
    pub retried: u64,
    /// Deliveries that it signed.
    pub attested: u64,
    /// Deliveries that it sent to its chain.
    pub delivered: u64,
    /// Deliveries that it proved to the main ledger.
    pub confirmed: u64,
    /// Messages to this chain that are on their way, of the last page that was looked at.
    pub open: u64,
}

/// Messages of a chain, as `GET /chains` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// What was done since the start.
    pub counts: MessageCounts,
    /// What keeps all messages, or one of them, from going on.
    pub error: Option<String>,
}

/// Messages of one chain of a gateway.
pub struct Courier {
    config: ChainConfig,
    id: B256,
    ledger: Arc<dyn MainLedger>,
    account: Account,
    folder: PathBuf,
    search: Option<Search>,
    /// When the chain said so, in seconds since 1970 of the main ledger.
    delivered: BTreeMap<B256, u64>,
    counts: MessageCounts,
    /// Where the next page of each list begins.
    pages: [u64; 3],
    /// The last thing that did not work while others did.
    trouble: Option<String>,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Courier")
            .field("chain", &self.config.chain)
            .finish_non_exhaustive()
    }
}

/// What holds during one step.
struct Look {
    following: Following,
    /// Place of this gateway among those of the chain, and their number.
    place: (u64, u64),
    clock: clockReturn,
    mailbox: Address,
}

impl Look {
    /// Whether it is this gateway's turn with something that began at a time of the main ledger.
    fn has_turn(&self, key: u64, since: u64) -> bool {
        let (place, count) = self.place;
        let turns = self.clock.time.saturating_sub(since) / TURN_SECONDS;
        key.wrapping_add(turns) % count.max(1) == place
    }
}

/// A number that differs from message to message.
fn key_of(id: B256) -> u64 {
    u64::from(id[31])
}

impl Courier {
    /// Of a chain whose gateway keeps its batches below `data`.
    pub fn new(config: ChainConfig, data: &Path, ledger: Arc<dyn MainLedger>, account: Account) -> Self {
        Self {
            id: chains::id_of(&config.chain),
            folder: data.join(config.folder()),
            config,
            ledger,
            account,
            search: None,
            delivered: BTreeMap::new(),
            counts: MessageCounts::default(),
            pages: [0; 3],
            trouble: None,
        }
    }

    /// CAIP-2 name of the chain.
    pub fn chain(&self) -> &str {
        &self.config.chain
    }

    /// What was done since the start, and what did not work in the last step while the rest did: a message whose chain does not take it, for
    /// example.
    pub fn carried(&self) -> Carried {
        Carried {
            counts: self.counts,
            error: self.trouble.clone(),
        }
    }

    /// Looks at everything once. True if there may be more to do at once. `outside` is none where the chain cannot be asked, or while its
    /// driver is not there: then nothing is delivered.
    ///
    /// # Errors
    /// [`GatewayError`]; the next step tries again.
    pub async fn step(&mut self, outside: Option<&Outside>) -> Result<bool, GatewayError> {
        self.trouble = None;
        let Some(look) = self.look().await? else {
            return Ok(false);
        };
        let before = self.counts;
        let has_more = self.search(&look).await?;
        self.relay(&look).await?;
        self.confirm(&look).await?;
        self.retry(&look).await?;
        self.pass_on(&look, outside).await?;
        let open = before.open;
        Ok(has_more || MessageCounts { open, ..self.counts } != before)
    }

    /// None if the chain has no mailbox, or this gateway is none of its.
    async fn look(&self) -> Result<Option<Look>, GatewayError> {
        let mailbox = self.ask("a mailbox", &mailboxCall { chain: self.id }).await?;
        if mailbox.account.is_zero() {
            return Ok(None);
        }
        let Some(following) = self.ledger.following(self.id).await? else {
            return Ok(None);
        };
        let gateways = &following.terms.gateways;
        let own = self.account.address();
        let Some(place) = gateways.iter().position(|gateway| gateway.account == own) else {
            return Ok(None);
        };
        let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Some(Look {
            place: (counted(place), counted(gateways.len())),
            clock: self.ask("the time", &clockCall {}).await?,
            mailbox: mailbox.account,
            following,
        }))
    }

    async fn ask<C: SolCall>(&self, what: &'static str, call: &C) -> Result<C::Return, GatewayError> {
        ask(&*self.ledger, what, MESSAGES, call).await
    }

    /// Does something on the main ledger; false where it is done already, or may not be done now.
    async fn act(&self, what: &'static str, call: &impl SolCall) -> Result<bool, GatewayError> {
        let intent = Intent {
            what,
            to: MESSAGES,
            input: call.abi_encode().into(),
            gas_extra: GAS_EXTRA,
        };
        match self.account.act(&*self.ledger, &intent).await {
            Ok(acted) => Ok(acted.succeeded),
            // Another gateway was first, or the message was frozen since it was looked at.
            Err(GatewayError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Looks through the next anchored batches that this gateway keeps.
    async fn search(&mut self, look: &Look) -> Result<bool, GatewayError> {
        let is_begun = self
            .search
            .as_ref()
            .is_some_and(|search| search.is_of(look.mailbox));
        if !is_begun {
            let (from, carriers) = self.wanted().await?;
            let chain = (self.id, &look.following);
            let search = Search::begin(&*self.ledger, chain, (look.mailbox, carriers), from).await?;
            self.search = Some(search);
        }
        let Some(search) = &mut self.search else {
            return Ok(false);
        };
        let batches = (self.id, look.following.batchCount);
        search.advance(&*self.ledger, batches, &self.folder).await
    }

    /// The first block that can have something that is not on the main ledger, and the mailboxes that deliver what is on its way.
    async fn wanted(&self) -> Result<(u64, BTreeSet<Address>), GatewayError> {
        let known = self.ask("a mailbox", &mailboxCall { chain: self.id }).await?;
        let mut first = known.lastHeight.max(known.fromHeight);
        let mut carriers = BTreeSet::new();
        let mut from = 0;
        loop {
            let ids = self.open(self.id, MessageStatus::Passed, from, 100).await?;
            for id in &ids {
                let message = self.message(*id).await?;
                first = first.min(message.searchHeight);
                carriers.insert(message.carrier);
            }
            if ids.len() < 100 {
                return Ok((first, carriers));
            }
            from += 100;
        }
    }

    async fn open(
        &self,
        destination: B256,
        status: MessageStatus,
        from: u64,
        count: u64,
    ) -> Result<Vec<B256>, GatewayError> {
        let call = openCall {
            destination,
            status,
            from,
            count,
        };
        self.ask("the messages", &call).await
    }

    async fn message(&self, id: B256) -> Result<Message, GatewayError> {
        self.ask("a message", &messageCall { id }).await
    }

    async fn verdict(&self, id: B256) -> Result<Reason, GatewayError> {
        self.ask("a verdict", &verdictCall { id }).await
    }

    async fn may_pass(&self, id: B256) -> Result<bool, GatewayError> {
        Ok(self.verdict(id).await? == Reason::None)
    }

    /// Brings the next messages of the mailbox to the main ledger, in their order.
    async fn relay(&mut self, look: &Look) -> Result<(), GatewayError> {
        for _ in 0..TAKEN_MAX {
            let known = self.ask("a mailbox", &mailboxCall { chain: self.id }).await?;
            let Some(search) = &mut self.search else {
                return Ok(());
            };
            search.forget_before(known.nextSequence);
            let Some(sighting) = search.sent(known.nextSequence) else {
                return Ok(());
            };
            if !look.has_turn(known.nextSequence, sighting.anchored_at) {
                return Ok(());
            }
            let Some(proof) = self.proof(sighting)? else {
                return Ok(());
            };
            if !self.act("a message", &relayCall { proof }).await? {
                return Ok(());
            }
            self.counts.relayed = self.counts.relayed.saturating_add(1);
            info!(chain = %self.config.chain, sequence = known.nextSequence, "relayed a message");
        }
        Ok(())
    }

    /// Proves deliveries to the main ledger: each until the ledger says that it has ended.
    async fn confirm(&mut self, look: &Look) -> Result<(), GatewayError> {
        let Some(search) = &mut self.search else {
            return Ok(());
        };
        let found = search.deliveries(TAKEN_MAX);
        for (key, sighting) in found {
            let (id, _) = key;
            if self.is_wanted(look, key).await? {
                if !look.has_turn(key_of(id), sighting.anchored_at) {
                    continue;
                }
                let Some(proof) = self.proof(sighting)? else {
                    continue;
                };
                if self.act("a delivery", &confirmCall { proof }).await? {
                    self.counts.confirmed = self.counts.confirmed.saturating_add(1);
                } else if self.is_wanted(look, key).await? {
                    self.trouble = Some(format!(
                        "the main ledger does not take the delivery of message {id}"
                    ));
                    continue;
                }
            }
            self.delivered.remove(&id);
            if let Some(search) = &mut self.search {
                search.forget_delivery(key);
            }
        }
        Ok(())
    }

    /// Whether a message is open, and the mailbox that delivered it is the one whose word the main ledger takes.
    async fn is_wanted(&self, look: &Look, (id, emitter): DeliveryKey) -> Result<bool, GatewayError> {
        let message = match self.message(id).await {
            Ok(message) => message,
            // No message of this city: a mailbox of another one, or gateways that went round it.
            Err(GatewayError::Refused { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        Ok(match message.status {
            MessageStatus::Passed => message.carrier == emitter,
            MessageStatus::Held => look.mailbox == emitter,
            _ => false,
        })
    }

    /// The proof of an event; none if the batch is not kept any more.
    fn proof(&mut self, sighting: Sighting) -> Result<Option<Proof>, GatewayError> {
        let path = archive::path_of(&self.folder, sighting.from_height);
        let proof = search::proof(self.id, &path, sighting)?;
        if proof.is_none() {
            self.trouble = Some(format!(
                "the batch from {} is not kept any more: another gateway must prove what is in it",
                sighting.from_height
            ));
        }
        Ok(proof)
    }

    /// The next page of a list, round and round.
    async fn page(
        &mut self,
        list: usize,
        destination: B256,
        status: MessageStatus,
    ) -> Result<Vec<B256>, GatewayError> {
        let from = self.pages.get(list).copied().unwrap_or_default();
        let ids = self.open(destination, status, from, TAKEN_MAX).await?;
        let counted = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        if let Some(page) = self.pages.get_mut(list) {
            *page = if counted < TAKEN_MAX { 0 } else { from + TAKEN_MAX };
        }
        Ok(ids)
    }

    /// Lets held messages pass that may now: those to this chain, and those of this chain to the main ledger.
    async fn retry(&mut self, look: &Look) -> Result<(), GatewayError> {
        let mut held = self.page(0, self.id, MessageStatus::Held).await?;
        for id in self.page(1, MAIN_LEDGER, MessageStatus::Held).await? {
            if self.message(id).await?.source == self.id {
                held.push(id);
            }
        }
        for id in held {
            if look.has_turn(key_of(id), 0)
                && self.may_pass(id).await?
                && self.act("a held message", &retryCall { id }).await?
            {
                self.counts.retried = self.counts.retried.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Signs and delivers what may pass to this chain.
    async fn pass_on(&mut self, look: &Look, outside: Option<&Outside>) -> Result<(), GatewayError> {
        let ids = self.page(2, self.id, MessageStatus::Passed).await?;
        self.counts.open = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        for id in ids {
            let is_fresh = |since: &u64| look.clock.time < since.saturating_add(DELIVERED_SECONDS);
            if self.delivered.get(&id).is_some_and(is_fresh) {
                continue;
            }
            let result = self.pass_on_one(look, outside, id).await;
            if let Err(GatewayError::Chain(error)) = result {
                // The others may pass.
                let told = civitas_sdk::causes(&error);
                warn!(chain = %self.config.chain, message = %id, error = told, "a delivery failed");
                self.trouble = Some(format!("message {id}: {told}"));
            } else {
                result?;
            }
        }
        Ok(())
    }

    async fn pass_on_one(
        &mut self,
        look: &Look,
        outside: Option<&Outside>,
        id: B256,
    ) -> Result<(), GatewayError> {
        let message = self.message(id).await?;
        if message.status != MessageStatus::Passed {
            return Ok(());
        }
        // It passed to a mailbox that was there between two looks: the search begins anew with that one.
        if self
            .search
            .as_ref()
            .is_some_and(|search| !search.finds(message.carrier))
        {
            self.search = None;
        }
        if let Some(outside) = outside
            && outside.is_delivered(message.carrier, id).await?
        {
            if self.delivered.len() >= DELIVERED_MAX {
                self.delivered.clear();
            }
            self.delivered.insert(id, look.clock.time);
            return Ok(());
        }
        let verdict = self.verdict(id).await?;
        let attestations = self.ask("the attestations", &attestationsCall { id }).await?;
        if verdict == Reason::MailboxReplaced && attestations.is_empty() {
            return self.change_carrier(look, id).await;
        }
        if verdict != Reason::None {
            return Ok(());
        }
        let threshold = usize::from(look.following.terms.threshold);
        let ends = [
            look.clock.validUntil.saturating_sub(PERIOD_SECONDS),
            look.clock.validUntil,
        ];
        let complete = ends.into_iter().find(|end| {
            let signed = attestations.iter().filter(|one| one.validUntil == *end).count();
            signed >= threshold && *end >= look.clock.time.saturating_add(VALID_SECONDS_MIN)
        });
        if let Some(end) = complete {
            let signatures = attestations
                .into_iter()
                .filter(|one| one.validUntil == end)
                .map(|one| one.signature)
                .collect();
            return self.deliver(look, outside, (message, end, signatures)).await;
        }
        let own = self.account.address();
        let is_signed = attestations
            .iter()
            .any(|one| one.gateway == own && one.validUntil >= look.clock.validUntil);
        if is_signed {
            return Ok(());
        }
        self.attest(look, &message).await
    }

    /// Has a message that nobody signed yet delivered by the present mailbox.
    async fn change_carrier(&mut self, look: &Look, id: B256) -> Result<(), GatewayError> {
        if look.has_turn(key_of(id), 0) && self.act("a message", &retryCall { id }).await? {
            self.counts.retried = self.counts.retried.saturating_add(1);
        }
        Ok(())
    }

    /// Sends a delivery that enough gateways signed to the chain.
    async fn deliver(
        &mut self,
        look: &Look,
        outside: Option<&Outside>,
        (message, end, signatures): (Message, u64, Vec<Bytes>),
    ) -> Result<(), GatewayError> {
        let id = message.id;
        let Some((outside, signer)) = outside.and_then(|outside| Some((outside, outside.signer.as_ref()?)))
        else {
            return Ok(());
        };
        if !look.has_turn(key_of(id), message.at) {
            return Ok(());
        }
        let Some((delivery, _)) = self.delivery(&message, end).await? else {
            return Ok(());
        };
        // Once more, as late as can be: what was frozen meanwhile does not pass.
        if !self.may_pass(id).await? {
            return Ok(());
        }
        let call = OutwardCall {
            to: Some(message.carrier),
            input: deliverCall { delivery, signatures }.abi_encode().into(),
            gas_max: DELIVERY_GAS_MAX,
        };
        if let Some(outward) = outside.chain.outward()
            && let Sent::New { hash } = outward.send(&call, signer).await?
        {
            self.counts.delivered = self.counts.delivered.saturating_add(1);
            info!(chain = %self.config.chain, message = %id, transaction = %hash, "delivered a message");
        }
        Ok(())
    }

    /// The delivery of a message, and what is signed for it; none for a chain that is not like Ethereum.
    async fn delivery(&self, message: &Message, end: u64) -> Result<Option<(Delivery, B256)>, GatewayError> {
        let Some(chain_id) = self.config.evm_id() else {
            return Ok(None);
        };
        let city = self.ledger.chain_id().await?;
        let place = MailboxPlace {
            chain_id,
            address: message.carrier,
        };
        Ok(delivery(city, message, end).map(|delivery| {
            let hash = place.delivery_hash(&delivery);
            (delivery, hash)
        }))
    }

    async fn attest(&mut self, look: &Look, message: &Message) -> Result<(), GatewayError> {
        let end = look.clock.validUntil;
        let Some((_, hash)) = self.delivery(message, end).await? else {
            return Ok(());
        };
        let signature = self
            .account
            .signer
            .sign_digest(hash)
            .map_err(GatewayError::Signer)?;
        let call = attestCall {
            id: message.id,
            validUntil: end,
            signature: signature.to_vec().into(),
        };
        if self.act("an attestation", &call).await? {
            self.counts.attested = self.counts.attested.saturating_add(1);
        }
        Ok(())
    }
}
