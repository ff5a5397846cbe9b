//! How long a back-test takes: all detectors over a year of a generated city.
//!
//! `cargo run --release -p civitas-supervision --features test-support --example backtest [EVENTS]`
//! prints a table; without a number it judges ten million events.

mod cpu_time;

use civitas_supervision::{
    backtest::BackTest,
    corpus::{Corpus, Settings},
    detectors::{self, Office, Parameters},
};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: usize = std::env::args()
        .nth(1)
        .map_or(Ok(10_000_000), |text| text.parse())?;
    let settings = Settings {
        days: 365,
        persons: events / 900,
        purchases_max: 4,
        ..Settings::default()
    };
    let office = Office {
        owner: "Back-test".to_owned(),
        legal_basis: "None: generated data".to_owned(),
    };
    let rules = detectors::rules(&Parameters::default(), &office);
    let corpus = Corpus::new(settings);
    let lists = corpus.lists();
    let began = Instant::now();
    // Making the events is no part of judging them: both are told apart once a thousand events.
    let mut judging = Duration::ZERO;
    let mut corpus = corpus.take(events);
    let mut waiting = Vec::new().into_iter();
    let mut since = cpu_time::now();
    let history = std::iter::from_fn(|| {
        if waiting.len() == 0 {
            judging += cpu_time::now() - since;
            waiting = corpus.by_ref().take(1_000).collect::<Vec<_>>().into_iter();
            since = cpu_time::now();
        }
        waiting.next()
    });
    let test = BackTest {
        rules: &rules,
        lists,
        limits: Default::default(),
    };
    let report = test.run(history, || began.elapsed(), |_| {})?;
    println!("| rule | events | findings | keys | evicted |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for row in &report.rules {
        println!(
            "| {} | {} | {} | {} | {} |",
            row.rule.id,
            row.statistics.events,
            row.statistics.findings,
            row.statistics.keys,
            row.statistics.losses.evicted
        );
    }
    println!(
        "\n{} events of {} days, {} rules: {:.1} s of one processor, {:.2} µs an event ({:.1} s passed, making the events included)",
        report.events,
        (report.last - report.first) / 86_400 + 1,
        report.rules.len(),
        judging.as_secs_f64(),
        judging.as_secs_f64() * 1e6 / f64::from(u32::try_from(report.events)?),
        report.took.as_secs_f64()
    );
    for notice in &report.notices {
        println!(
            "{}: {:?} {}",
            notice.rule.as_deref().unwrap_or("all"),
            notice.kind,
            notice.count
        );
    }
    Ok(())
}
