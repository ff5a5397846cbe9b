//! The monitor as a whole, against receivers of its own and a clock that the test turns.

mod alarms;
mod channels;
mod files;
mod logs;
mod metrics;
mod outbox;
mod receivers;

use crate::{Clock, Config, Monitor, NodeTarget, Settings, SystemClock, Time, api::*};
use futures::future::BoxFuture;
use receivers::Exporter;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that the test turns; whoever sleeps turns it himself.
pub(crate) struct HandClock(AtomicI64);

impl Default for HandClock {
    fn default() -> Self {
        Self(AtomicI64::new(SystemClock.now().0))
    }
}

impl HandClock {
    fn turn(&self, seconds: u64) {
        self.0
            .fetch_add(i64::try_from(seconds * 1_000).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0
            .fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
        Box::pin(async {})
    }
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("civitas-monitor-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A monitor over one node whose metrics and log the test writes.
pub(crate) struct World {
    monitor: Arc<Monitor>,
    clock: Arc<HandClock>,
    exporter: Exporter,
    folder: Folder,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(HandClock::default());
        let (exporter, folder) = (Exporter::start().await, Folder::new());
        std::fs::create_dir_all(folder.path().join("node0")).unwrap();
        let monitor = open(&clock, &exporter, &folder).await;
        Self {
            monitor,
            clock,
            exporter,
            folder,
        }
    }

    /// Ends the monitor and opens its folder again.
    async fn restart(self) -> Self {
        let Self {
            monitor,
            clock,
            exporter,
            folder,
        } = self;
        monitor.run(async {}).await;
        let monitor = open(&clock, &exporter, &folder).await;
        Self {
            monitor,
            clock,
            exporter,
            folder,
        }
    }

    /// Time goes on, and everything is read, evaluated and sent once.
    async fn pass(&self, seconds: u64) {
        self.clock.turn(seconds);
        self.monitor.scrape().await.unwrap();
        self.monitor.follow_logs().await.unwrap();
        self.monitor.evaluate().await.unwrap();
        self.monitor.send_waiting().await;
    }

    fn log(&self, text: &str) {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        let path = self.folder.path().join("node0/log");
        let mut file = options.create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// States of the alarms of a rule.
    fn states(&self, rule: &Rule) -> Vec<AlarmState> {
        let alarms = self.monitor.alarms().into_iter();
        alarms
            .filter(|alarm| alarm.rule_id == rule.id)
            .map(|alarm| alarm.state)
            .collect()
    }

    /// What has happened to a rule or channel, the oldest first.
    fn changes(&self, subject: &str) -> Vec<Change> {
        let parameters = HistoryParameters {
            subject: Some(subject.into()),
            ..HistoryParameters::default()
        };
        let mut items = self.monitor.history(parameters).unwrap().items;
        items.reverse();
        items.into_iter().map(|entry| entry.change).collect()
    }

    async fn rule(&self, name: &str, condition: Condition, channels: &[String]) -> Rule {
        let draft = draft(name, condition, channels);
        self.monitor.create_rule(draft, "0xabc").await.unwrap()
    }

    async fn webhook(&self, url: &str) -> Channel {
        let draft = ChannelDraft {
            name: format!("hook {}", self.monitor.channels().len()),
            enabled: true,
            language: Language::Zh,
            target: ChannelKind::Webhook {
                url: Secret(url.into()),
                headers: [("authorization".to_owned(), Secret("Bearer abc".into()))].into(),
            },
        };
        self.monitor.create_channel(draft, "0xabc").await.unwrap()
    }
}

async fn open(clock: &Arc<HandClock>, exporter: &Exporter, folder: &Folder) -> Arc<Monitor> {
    let config = Config {
        folder: folder.path().join("monitor"),
        nodes: vec![NodeTarget {
            name: "node0".into(),
            metrics: Some(exporter.url()),
            folder: Some(folder.path().join("node0")),
        }],
        settings: Settings::default(),
    };
    Monitor::open(config, clock.clone()).await.unwrap()
}

fn draft(name: &str, condition: Condition, channels: &[String]) -> RuleDraft {
    RuleDraft {
        name: name.into(),
        enabled: true,
        severity: Severity::Critical,
        condition,
        note: "先看磁盘".into(),
        labels: Labels::new(),
        channels: channels.to_vec(),
        repeat_minutes: 0,
        group_seconds: 0,
        escalation: None,
    }
}

fn metric(query: &str, comparison: Comparison, value: f64, for_seconds: u64) -> Condition {
    Condition::Metric {
        query: query.into(),
        threshold: Some(Threshold { comparison, value }),
        for_seconds,
        keep_firing_seconds: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loops_run_on_the_clock_of_the_system_and_end() {
    let (exporter, folder) = (Exporter::start().await, Folder::new());
    exporter.set(Some("civitas_block_height 7\n"));
    let config = Config {
        folder: folder.path().join("monitor"),
        nodes: vec![NodeTarget {
            name: "node0".into(),
            metrics: Some(exporter.url()),
            folder: None,
        }],
        settings: Settings::default(),
    };
    let monitor = Monitor::open(config, Arc::new(SystemClock)).await.unwrap();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(monitor.clone().run(async {
        let _ = ended.await;
    }));
    exporter.asked().await;
    end.send(()).unwrap();
    running.await.unwrap();
    let error = monitor.query(InstantParameters::default()).await.unwrap_err();
    assert_eq!(error.slug(), "invalid-field");
}
