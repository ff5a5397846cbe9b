//! Precision and recall of the detectors on the labelled corpus, as a table for `docs/results/`.
//!
//! `cargo run --release -p civitas-supervision --features test-support --example detectors [SEED]`

use civitas_supervision::{
    Engine, Limits,
    corpus::{Corpus, Settings, score},
    detectors::{self, Office, Parameters},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    if let Some(seed) = std::env::args().nth(1) {
        settings.seed = seed.parse()?;
    }
    let office = Office {
        owner: "Measurement".to_owned(),
        legal_basis: "None: generated data".to_owned(),
    };
    let mut corpus = Corpus::new(settings.clone());
    let labels = corpus.labels().to_vec();
    let rules = detectors::rules(&Parameters::default(), &office);
    let mut engine = Engine::new(&rules, corpus.lists(), Limits::default())?;
    let mut findings = Vec::new();
    let mut events = 0_u64;
    for event in &mut corpus {
        events += 1;
        engine.observe(&event, &mut findings);
    }
    println!(
        "Seed {}, {events} events of {} days.\n",
        settings.seed, settings.days
    );
    println!("| detector | patterns | found | recall | findings | hits | other patterns | precision |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for row in score(&labels, &findings) {
        println!(
            "| {} | {} | {} | {} % | {} | {} | {} | {} % |",
            row.detector.id(),
            row.labels,
            row.found,
            row.recall_percent(),
            row.findings,
            row.hits,
            row.others,
            row.precision_percent()
        );
    }
    Ok(())
}
