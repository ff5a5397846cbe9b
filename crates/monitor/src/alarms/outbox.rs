//! Messages that wait for their channels. What stands here is told at least once: it is written before it counts as
//! told, outlives the console, and goes only when its channel took it, refused it, or it is too old.
//!
//! Messages of one rule about the same occasion that come within the window of the rule become one, as in
//! Prometheus's Alertmanager; what begins and ends within the window is recorded, and not told. A channel gets the
//! messages of one rule in their order: an end never overtakes its beginning.

use super::{
    engine::{ALARMS_OF_RULE_MAX, Message, Occasion},
    file::JsonFile,
};
use crate::{Result, Time};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};
use tokio::sync::Notify;

/// Messages that wait: two for each rule that there can be. The oldest goes where one more comes.
const MESSAGES_MAX: usize = 400;
/// A message that is older than this is told to nobody: the console has stood still for a day.
const AGE_MAX: Duration = Duration::from_secs(86_400);
/// Waits before each further attempt, an hour together: a receiver that is being restarted comes back within it.
const WAITS: [Duration; 7] = [
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(600),
    Duration::from_secs(1_200),
    Duration::from_secs(1_800),
];

/// A message and the channels that have not got it yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Waiting {
    message: Message,
    deliveries: BTreeMap<String, Delivery>,
}

/// How far one channel is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Delivery {
    /// Attempts that failed.
    attempts: usize,
    /// Not before this moment.
    due: Time,
    /// Whether an attempt runs. After a restart none does.
    #[serde(skip)]
    runs: bool,
}

/// What is kept, by a number that only grows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Queue {
    last_number: u64,
    messages: BTreeMap<u64, Waiting>,
}

/// A message on its way to one channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parcel {
    pub(crate) number: u64,
    pub(crate) channel: String,
    pub(crate) message: Message,
    /// Attempts before this one.
    pub(crate) attempts: usize,
}

/// The messages that wait.
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    file: JsonFile<Queue>,
    /// Wakes who sends.
    pub(crate) came: Notify,
}

impl Outbox {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let file = JsonFile::new(folder.join("outbox.json"));
        Ok(Self {
            queue: Mutex::new(file.read()?.unwrap_or_default()),
            file,
            came: Notify::new(),
        })
    }

    /// Takes messages in. Gives those that found no place, with the channels that did not get them. Where the disk
    /// fails they are kept in memory and sent all the same.
    pub(crate) fn put(&self, messages: Vec<Message>, now: Time) -> Vec<Parcel> {
        if messages.is_empty() {
            return Vec::new();
        }
        let mut queue = self.queue.lock();
        let mut lost = Vec::new();
        for message in messages {
            queue.put(message, now);
            while queue.messages.len() > MESSAGES_MAX {
                lost.extend(
                    queue
                        .messages
                        .pop_first()
                        .into_iter()
                        .flat_map(|(number, waiting)| waiting.parcels(number)),
                );
            }
        }
        self.keep(&queue);
        drop(queue);
        self.came.notify_one();
        lost
    }

    /// Takes out what is to be sent now, at most `count`; each must be ended by [`Self::done`] or [`Self::failed`].
    pub(crate) fn take(&self, now: Time, count: usize) -> Vec<Parcel> {
        self.queue.lock().take(now, count)
    }

    /// Removes messages that are too old; gives what was not delivered.
    pub(crate) fn expire(&self, now: Time) -> Vec<Parcel> {
        let mut queue = self.queue.lock();
        let old: Vec<u64> = queue
            .messages
            .iter()
            .filter(|(_, waiting)| waiting.message.at.after(AGE_MAX) < now)
            .map(|(number, _)| *number)
            .collect();
        let mut lost = Vec::new();
        for number in &old {
            if let Some(waiting) = queue.messages.remove(number) {
                lost.extend(waiting.parcels(*number));
            }
        }
        if !old.is_empty() {
            self.keep(&queue);
        }
        lost
    }

    /// The moment of the next attempt.
    pub(crate) fn next(&self) -> Option<Time> {
        self.queue.lock().ready().map(|(_, _, due)| due).min()
    }

    /// The moment of the next attempt after one that failed.
    #[cfg(test)]
    pub(crate) fn next_again(&self) -> Option<Time> {
        let queue = self.queue.lock();
        let failed = queue
            .messages
            .values()
            .flat_map(|waiting| waiting.deliveries.values());
        failed
            .filter(|delivery| delivery.attempts > 0)
            .map(|delivery| delivery.due)
            .min()
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.queue.lock().messages.len()
    }

    /// The channel has it, or will never take it.
    pub(crate) fn done(&self, parcel: &Parcel) {
        let mut queue = self.queue.lock();
        queue.end(parcel);
        self.keep(&queue);
        drop(queue);
        self.came.notify_one();
    }

    /// The channel may take it later. Gives whether there is another attempt; without one, it is done.
    pub(crate) fn failed(&self, parcel: &Parcel, now: Time) -> bool {
        let mut queue = self.queue.lock();
        let again = WAITS.get(parcel.attempts).copied();
        let delivery = queue
            .messages
            .get_mut(&parcel.number)
            .and_then(|waiting| waiting.deliveries.get_mut(&parcel.channel));
        match (again, delivery) {
            (Some(wait), Some(delivery)) => {
                delivery.attempts += 1;
                delivery.due = now.after(wait);
                delivery.runs = false;
            }
            _ => queue.end(parcel),
        }
        self.keep(&queue);
        drop(queue);
        self.came.notify_one();
        again.is_some()
    }

    fn keep(&self, queue: &Queue) {
        if let Err(error) = self.file.write(queue) {
            tracing::warn!(%error, cause = ?std::error::Error::source(&error), "messages that wait are in memory alone");
        }
    }
}

impl Queue {
    fn put(&mut self, mut message: Message, now: Time) {
        if message.occasion == Occasion::Resolved {
            self.cancel(&mut message);
            if message.alarms.is_empty() {
                return;
            }
        }
        let open = self
            .messages
            .values_mut()
            .find(|waiting| waiting.takes_in(&message));
        if let Some(waiting) = open {
            waiting.message.take_in(message);
            return;
        }
        self.last_number += 1;
        let due = now.after(Duration::from_secs(message.group_seconds));
        let deliveries = message.channels.iter().map(|channel| {
            let delivery = Delivery {
                attempts: 0,
                due,
                runs: false,
            };
            (channel.clone(), delivery)
        });
        let deliveries = deliveries.collect();
        self.messages
            .insert(self.last_number, Waiting { message, deliveries });
    }

    /// Takes alarms that nobody was told of out of the message about their beginning and of this one about their end.
    fn cancel(&mut self, ended: &mut Message) {
        for waiting in self.messages.values_mut() {
            let begun = &mut waiting.message;
            let same = begun.rule_id == ended.rule_id && begun.channels == ended.channels;
            if !same
                || begun.occasion != Occasion::Firing
                || waiting.deliveries.values().any(Delivery::was_tried)
            {
                continue;
            }
            let untold: BTreeSet<_> = begun.alarms.iter().map(|alarm| alarm.labels.clone()).collect();
            begun
                .alarms
                .retain(|alarm| !ended.alarms.iter().any(|other| other.labels == alarm.labels));
            ended.alarms.retain(|alarm| !untold.contains(&alarm.labels));
        }
        self.messages
            .retain(|_, waiting| !waiting.message.alarms.is_empty());
    }

    /// Deliveries that wait for nothing but their moment: number, channel, moment.
    fn ready(&self) -> impl Iterator<Item = (u64, &String, Time)> {
        let mut before = BTreeSet::new();
        self.messages.iter().flat_map(move |(number, waiting)| {
            let mut found = Vec::new();
            for (channel, delivery) in &waiting.deliveries {
                let first = before.insert((waiting.message.rule_id.clone(), channel.clone()));
                if first && !delivery.runs {
                    found.push((*number, channel, delivery.due));
                }
            }
            found
        })
    }

    fn take(&mut self, now: Time, count: usize) -> Vec<Parcel> {
        let due = self.ready().filter(|(_, _, due)| *due <= now);
        let due: Vec<(u64, String)> = due
            .take(count)
            .map(|(number, channel, _)| (number, channel.clone()))
            .collect();
        let mut parcels = Vec::new();
        for (number, channel) in due {
            let Some(waiting) = self.messages.get_mut(&number) else {
                continue;
            };
            let Some(delivery) = waiting.deliveries.get_mut(&channel) else {
                continue;
            };
            delivery.runs = true;
            parcels.push(Parcel {
                number,
                attempts: delivery.attempts,
                channel,
                message: waiting.message.clone(),
            });
        }
        parcels
    }

    fn end(&mut self, parcel: &Parcel) {
        if let Some(waiting) = self.messages.get_mut(&parcel.number) {
            waiting.deliveries.remove(&parcel.channel);
            if waiting.deliveries.is_empty() {
                self.messages.remove(&parcel.number);
            }
        }
    }
}

impl Delivery {
    fn was_tried(&self) -> bool {
        self.runs || self.attempts > 0
    }
}

impl Waiting {
    /// Whether a message can become a part of this one. It is the same rule, and nobody has got this one yet.
    fn takes_in(&self, message: &Message) -> bool {
        let own = &self.message;
        own.rule_id == message.rule_id
            && own.occasion == message.occasion
            && own.channels == message.channels
            && own.alarms.len() + message.alarms.len() <= ALARMS_OF_RULE_MAX
            && self.deliveries.len() == own.channels.len()
            && !self.deliveries.values().any(Delivery::was_tried)
    }

    fn parcels(&self, number: u64) -> Vec<Parcel> {
        let parcels = self.deliveries.iter().map(|(channel, delivery)| Parcel {
            number,
            channel: channel.clone(),
            message: self.message.clone(),
            attempts: delivery.attempts,
        });
        parcels.collect()
    }
}

impl Message {
    /// Takes in the alarms of a later message; of one that stands in both, the later word counts.
    fn take_in(&mut self, later: Self) {
        self.alarms
            .retain(|alarm| !later.alarms.iter().any(|other| other.labels == alarm.labels));
        self.alarms.extend(later.alarms);
        self.note = later.note;
        self.rule_name = later.rule_name;
    }
}
