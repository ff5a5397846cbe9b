//! Brings messages of alarms to their channels, and test messages of people.

use super::{Monitor, SENDING_MAX};
use crate::{
    Result, Time,
    alarms::Parcel,
    api::{Change, TestOutcome},
    channels::{SendError, test_message},
};
use futures::{StreamExt, stream::FuturesUnordered};
use std::time::{Duration, Instant};
use tokio::sync::watch;

impl Monitor {
    /// Sends what waits, until the end.
    pub(super) async fn send_loop(&self, mut ended: watch::Receiver<bool>) {
        let outbox = &self.alarms.outbox;
        let mut sending = FuturesUnordered::new();
        while !*ended.borrow() {
            let now = self.clock.now();
            self.forget_old(now);
            let free = SENDING_MAX - sending.len();
            sending.extend(outbox.take(now, free).into_iter().map(|parcel| self.send(parcel)));
            let next = outbox.next().filter(|_| sending.len() < SENDING_MAX);
            let wait = async {
                match next {
                    Some(next) => {
                        let left = next.0.saturating_sub(now.0);
                        self.clock
                            .sleep(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
                            .await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(()) = sending.next() => {}
                () = wait => {}
                () = outbox.came.notified() => {}
                // Attempts that run are given up: they are made again when the console is back.
                _ = ended.changed() => {}
            }
        }
    }

    /// Sends what is due, once.
    #[cfg(test)]
    pub(crate) async fn send_once(&self) -> usize {
        let parcels = self.alarms.outbox.take(self.clock.now(), usize::MAX);
        let count = parcels.len();
        futures::future::join_all(parcels.into_iter().map(|parcel| self.send(parcel))).await;
        count
    }

    /// Sends everything that waits; time goes on to attempts after those that failed.
    #[cfg(test)]
    pub(crate) async fn send_waiting(&self) {
        loop {
            if self.send_once().await > 0 {
                continue;
            }
            let Some(next) = self.alarms.outbox.next_again() else {
                return;
            };
            let left = u64::try_from(next.0 - self.clock.now().0).unwrap();
            self.clock.sleep(Duration::from_millis(left)).await;
        }
    }

    pub(crate) fn forget_old(&self, now: Time) {
        for parcel in self.alarms.outbox.expire(now) {
            self.record(&parcel, Change::DeliveryFailed, "it is too old");
        }
    }

    fn record(&self, parcel: &Parcel, change: Change, detail: &str) {
        self.metrics.message(match change {
            Change::Delivered => "delivered",
            Change::DeliveryDelayed => "delayed",
            _ => "failed",
        });
        let recorded = self.alarms.delivered(parcel, change, detail, self.clock.now());
        if let Err(error) = recorded {
            tracing::warn!(%error, "the history of alarms cannot be written");
        }
    }

    /// Tries to bring a message to its channel.
    async fn send(&self, parcel: Parcel) {
        let outbox = &self.alarms.outbox;
        let channel = self.alarms.channel_with_secrets(&parcel.channel).ok();
        // A channel that is off, or is no more, gets nothing, and keeps nothing waiting.
        let Some(channel) = channel.filter(|channel| channel.draft.enabled) else {
            outbox.done(&parcel);
            return;
        };
        match self.sender.attempt(&channel.draft, &parcel.message).await {
            Ok(said) => {
                outbox.done(&parcel);
                self.record(&parcel, Change::Delivered, &said);
            }
            Err(SendError::Refused(problem)) => {
                outbox.done(&parcel);
                self.record(&parcel, Change::DeliveryFailed, &problem);
            }
            Err(SendError::Later(problem)) => {
                if !outbox.failed(&parcel, self.clock.now()) {
                    self.record(&parcel, Change::DeliveryFailed, &problem);
                } else if parcel.attempts == 0 {
                    self.record(&parcel, Change::DeliveryDelayed, &problem);
                }
            }
        }
    }

    /// Sends a test message, once, and says how it went.
    ///
    /// # Errors
    /// Where there is no such channel.
    pub async fn test_channel(&self, id: &str) -> Result<TestOutcome> {
        let channel = self.alarms.channel_with_secrets(id)?;
        let message = test_message(
            channel.draft.language,
            &channel.id,
            &channel.draft.name,
            self.clock.now(),
        );
        let began = Instant::now();
        let outcome = self.sender.attempt(&channel.draft, &message).await;
        let (delivered, detail) = match outcome {
            Ok(said) => (true, said),
            Err(error) => (false, error.to_string()),
        };
        let change = if delivered {
            Change::Delivered
        } else {
            Change::DeliveryFailed
        };
        let parcel = Parcel {
            number: 0,
            channel: channel.id,
            message,
            attempts: 0,
        };
        self.record(&parcel, change, &detail);
        Ok(TestOutcome {
            delivered,
            detail,
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
