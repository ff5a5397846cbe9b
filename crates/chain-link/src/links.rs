//! All endpoints of a chain: which is asked, and what is told when none gives anything.

use crate::{Link, LinkError};
use alloy_primitives::B256;
use civitas_ports::{BoxFuture, ForeignEndpoint, ForeignError, ForeignHead};
use futures::future::join_all;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::warn;

/// Endpoints of one chain, at most: each is asked how far it is at every look.
pub const URLS_MAX: usize = 8;

/// The endpoints of a chain.
#[derive(Debug)]
pub struct Links<L> {
    chain: String,
    links: Vec<L>,
    /// The endpoint that was furthest when it was last looked.
    furthest: AtomicUsize,
    head: Mutex<Option<ForeignHead>>,
}

/// The worst of what endpoints did, with the name of the one that did it.
#[derive(Debug, Default)]
struct Worst<'a>(Option<(LinkError, &'a str)>);

impl<'a> Worst<'a> {
    fn note(&mut self, error: LinkError, endpoint: &'a str) {
        let is_worse = |(known, _): &(LinkError, &str)| known.weight() < error.weight();
        if self.0.as_ref().is_none_or(is_worse) {
            self.0 = Some((error, endpoint));
        }
    }

    fn told(self, chain: &str, request: &str) -> ForeignError {
        match self.0 {
            Some((error, endpoint)) => error.told(chain, endpoint, request),
            // There is at least one endpoint, and one is awake or all are asked.
            None => ForeignError::Settings {
                what: format!("{chain} has no endpoint"),
            },
        }
    }
}

impl<L: Link> Links<L> {
    /// The endpoints of the chain with this CAIP-2 name, in the order of preference.
    ///
    /// # Errors
    /// [`ForeignError::Settings`]: none or too many, or what `make` finds wrong with an address.
    pub fn new(
        chain: &str,
        urls: &[String],
        make: impl Fn(&str) -> Result<L, ForeignError>,
    ) -> Result<Self, ForeignError> {
        if urls.is_empty() || urls.len() > URLS_MAX {
            return Err(ForeignError::Settings {
                what: format!("a chain has 1 to {URLS_MAX} endpoints"),
            });
        }
        let links: Result<Vec<L>, ForeignError> = urls.iter().map(|url| make(url)).collect();
        Ok(Self {
            chain: chain.to_owned(),
            links: links?,
            furthest: AtomicUsize::new(0),
            head: Mutex::new(None),
        })
    }

    /// CAIP-2 name of the chain.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// How the endpoints did.
    pub fn count(&self) -> Vec<ForeignEndpoint> {
        self.links.iter().map(|link| link.endpoint().count()).collect()
    }

    /// Endpoints in the order in which they are asked: the furthest first, those that rest last.
    fn order(&self) -> Vec<&L> {
        let first = self.furthest.load(Ordering::Relaxed) % self.links.len().max(1);
        let (before, after) = self.links.split_at(first);
        let mut order: Vec<&L> = after.iter().chain(before).collect();
        order.sort_by_key(|link| link.endpoint().is_resting());
        order
    }

    fn rest(&self, link: &L, request: &str, error: &LinkError) {
        let endpoint = link.endpoint();
        warn!(chain = %self.chain, endpoint = %endpoint.name(), request, %error, "an endpoint gave nothing");
        endpoint.rest();
        link.forget();
    }

    /// Asks one endpoint after the other until one gives an answer that holds.
    ///
    /// # Errors
    /// The worst of what they did.
    pub async fn first<'a, T, F>(&'a self, request: &str, ask: F) -> Result<T, ForeignError>
    where
        F: Fn(&'a L) -> BoxFuture<'a, Result<T, LinkError>>,
    {
        let mut worst = Worst::default();
        for link in self.order() {
            match ask(link).await {
                Ok(answer) => {
                    link.endpoint().praise();
                    return Ok(answer);
                }
                Err(error) => {
                    self.rest(link, request, &error);
                    worst.note(error, link.endpoint().name());
                }
            }
        }
        Err(worst.told(&self.chain, request))
    }

    /// Asks all endpoints how far they are, but for those that rest while another is awake, and remembers the furthest.
    ///
    /// # Errors
    /// The worst of what they did, if none answered.
    pub async fn look<'a, F>(&'a self, ask: F) -> Result<ForeignHead, ForeignError>
    where
        F: Fn(&'a L) -> BoxFuture<'a, Result<ForeignHead, LinkError>>,
    {
        let request = "its height";
        let awake = self.links.iter().any(|link| !link.endpoint().is_resting());
        let ask = &ask;
        let asked = self.links.iter().map(|link| async move {
            if awake && link.endpoint().is_resting() {
                return None;
            }
            Some(ask(link).await)
        });
        let mut best: Option<(ForeignHead, usize)> = None;
        let mut worst = Worst::default();
        for (index, answer) in join_all(asked).await.into_iter().enumerate() {
            let link = &self.links[index];
            match answer {
                Some(Ok(head)) => {
                    link.endpoint().praise();
                    let rank = |head: &ForeignHead| (head.finalized, head.latest);
                    if best.as_ref().is_none_or(|(known, _)| rank(known) < rank(&head)) {
                        best = Some((head, index));
                    }
                }
                Some(Err(error)) => {
                    self.rest(link, request, &error);
                    worst.note(error, link.endpoint().name());
                }
                None => {}
            }
        }
        let Some((head, index)) = best else {
            return Err(worst.told(&self.chain, request));
        };
        self.furthest.store(index, Ordering::Relaxed);
        *self.head.lock() = Some(head);
        Ok(head)
    }

    /// Passes heights that are final, after another look where the last one does not say so; gives the newest final one.
    ///
    /// # Errors
    /// [`ForeignError::NotFinal`], and those of [`Self::look`].
    pub async fn require_final<'a, F>(&'a self, height: u64, ask: F) -> Result<u64, ForeignError>
    where
        F: Fn(&'a L) -> BoxFuture<'a, Result<ForeignHead, LinkError>>,
    {
        let known = self.head.lock().and_then(|head| head.finalized);
        if let Some(finalized) = known.filter(|finalized| *finalized >= height) {
            return Ok(finalized);
        }
        let finalized = self.look(ask).await?.finalized;
        finalized
            .filter(|finalized| *finalized >= height)
            .ok_or(ForeignError::NotFinal { height, finalized })
    }

    /// Sends a transaction to the first endpoint that takes it or says why the chain does not.
    ///
    /// # Errors
    /// [`ForeignError::Refused`] with the words of the chain, or what the last endpoint did.
    pub async fn submit<'a, F>(&'a self, request: &str, send: F) -> Result<B256, ForeignError>
    where
        F: Fn(&'a L) -> BoxFuture<'a, Result<Result<B256, String>, LinkError>>,
    {
        let mut last = Worst::default();
        for link in self.order() {
            match send(link).await {
                Ok(Ok(hash)) => return Ok(hash),
                Ok(Err(reason)) => return Err(ForeignError::Refused { reason }),
                Err(error) => {
                    self.rest(link, request, &error);
                    last = Worst(Some((error, link.endpoint().name())));
                }
            }
        }
        Err(last.told(&self.chain, request))
    }
}
