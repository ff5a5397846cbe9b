//! The channels that the engines of all epochs share, split into a sub-channel for every epoch.
//!
//! A message for an epoch that runs here goes to its engine. The others, the strays, tell that their sender is in
//! another epoch: of a later one is kept what the next engine can use ([`crate::early`]). A splitter never waits:
//! what has no place is dropped, and votes and certificates are sent again.

use crate::{
    Runtime,
    early::{Early, Replayed},
    network::Network,
    types::{Finalization, PublicKey},
    voting::failed,
};
use civitas_ports::OrderingError;
use commonware_codec::Encode as _;
use commonware_consensus::simplex::types::Certificate;
use commonware_p2p::{
    Message, Recipients, Sender,
    utils::mux::{self, GlobalSender, MuxHandle, SubReceiver, SubSender},
};
use commonware_utils::channel::mpsc;
use std::time::Duration;

/// How often, and at which pace, a new engine asks for the sub-channels that its predecessor gives back while
/// its tasks are being dropped.
const RELEASE_ATTEMPTS: u32 = 250;
const RELEASE_PAUSE: Duration = Duration::from_millis(20);

/// A message for an epoch without an engine here, with the number of the epoch.
pub(crate) type Stray = (u64, Message<PublicKey>);

/// A channel whose strays are looked at.
pub(crate) struct Lane<S: Sender<PublicKey = PublicKey>> {
    pub handle: MuxHandle<S>,
    pub strays: mpsc::Receiver<Stray>,
    pub early: Early,
}

impl<S: Sender<PublicKey = PublicKey>> Lane<S> {
    /// Opens the sub-channel of `epoch`; what came too early for it comes first.
    async fn open<E: Runtime>(
        &mut self,
        context: &E,
        epoch: u64,
    ) -> Result<(SubSender<S>, Replayed<SubReceiver<PublicKey>>), OrderingError> {
        let (sender, live) = sub_channel(context, &mut self.handle, epoch).await?;
        // From here on nothing for this epoch strays, but some may wait that did before.
        while let Ok((stray, message)) = self.strays.try_recv() {
            self.early.keep(stray, message);
        }
        let early = self.early.take(epoch);
        self.early.expect(epoch.saturating_add(1));
        Ok((sender, Replayed { early, live }))
    }
}

/// The channels of the engines.
pub(crate) struct Lanes<N: Network> {
    pub votes: Lane<N::Sender>,
    pub certificates: Lane<N::Sender>,
    pub certificate_fetch: MuxHandle<N::Sender>,
    /// Sends certificates to engines of other epochs.
    pub herald: GlobalSender<N::Sender>,
    pub blocker: N::Blocker,
}

/// The sub-channels of an epoch.
pub(crate) struct Opened<N: Network> {
    pub votes: (SubSender<N::Sender>, Replayed<SubReceiver<PublicKey>>),
    pub certificates: (SubSender<N::Sender>, Replayed<SubReceiver<PublicKey>>),
    pub certificate_fetch: (SubSender<N::Sender>, SubReceiver<PublicKey>),
}

impl<N: Network> Lanes<N> {
    /// Opens the sub-channels of `epoch`.
    pub(crate) async fn open<E: Runtime>(
        &mut self,
        context: &E,
        epoch: u64,
    ) -> Result<Opened<N>, OrderingError> {
        Ok(Opened {
            votes: self.votes.open(context, epoch).await?,
            certificates: self.certificates.open(context, epoch).await?,
            certificate_fetch: sub_channel(context, &mut self.certificate_fetch, epoch).await?,
        })
    }

    /// No engine of `epoch` is started: what comes early is for the next one.
    pub(crate) fn pass(&mut self, epoch: u64) {
        self.votes.early.expect(epoch.saturating_add(1));
        self.certificates.early.expect(epoch.saturating_add(1));
    }

    /// Sends the certificate that ended an epoch to all nodes whose engine of that epoch still runs.
    pub(crate) fn announce(&mut self, finalization: Finalization) {
        let epoch = finalization.round().epoch().get();
        let message = Certificate::Finalization(finalization).encode();
        // Whom it does not reach is told again.
        let _ = self.herald.send(epoch, Recipients::All, message, false);
    }
}

async fn sub_channel<E: Runtime, S: Sender<PublicKey = PublicKey>>(
    context: &E,
    channel: &mut MuxHandle<S>,
    epoch: u64,
) -> Result<(SubSender<S>, SubReceiver<PublicKey>), OrderingError> {
    const ATTEMPT: &str = "opening a channel of the network";
    for _ in 0..RELEASE_ATTEMPTS {
        match channel.register(epoch).await {
            Ok(link) => return Ok(link),
            Err(mux::Error::AlreadyRegistered(_)) => context.sleep(RELEASE_PAUSE).await,
            Err(source) => return Err(failed(ATTEMPT, source)),
        }
    }
    Err(failed(ATTEMPT, "the engine before has not given it back"))
}
