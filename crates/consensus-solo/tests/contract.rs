//! The contract of every ordering engine, on one solo node under the deterministic runtime.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use civitas_consensus_solo::{Config, LedgerIdentity, Solo, start, verify_certificate};
use civitas_ordering_contract::{self as contract, Cluster, LEDGER, Membership, Recorder, Sleep};
use civitas_ports::{BoxFuture, Certificate, Ordering};
use civitas_types::{Epochs, NodeKey, PayloadLimits, Validator};
use commonware_cryptography::Signer as _;
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use futures::FutureExt as _;
use std::{future::Future, num::NonZeroU64, sync::Arc, time::Duration};

/// Virtual time after which a test has failed.
const TIME_MAX: Duration = Duration::from_secs(1_000);

struct SoloCluster {
    context: deterministic::Context,
    config: Config,
    engine: Option<Arc<Solo>>,
}

impl SoloCluster {
    fn new(context: deterministic::Context) -> Self {
        let private_key = Config::private_key(&[1; 32]).unwrap();
        let validator = Validator {
            name: "only".to_owned(),
            public_key: NodeKey::from_slice(private_key.public_key().as_ref()),
            beneficiary: civitas_types::Address::ZERO,
        };
        let config = Config {
            private_key,
            validators: vec![validator],
            ledger: LedgerIdentity {
                chain_id: LEDGER,
                genesis: Recorder::genesis_payload().digest(),
            },
            partition_prefix: "solo".to_owned(),
            limits: PayloadLimits {
                body_bytes_max: 10_000,
                transactions_max: 10,
            },
            retry: Duration::from_millis(50),
            epochs: Epochs::new(NonZeroU64::new(6).unwrap()),
        };
        Self {
            context,
            config,
            engine: None,
        }
    }
}

impl Cluster for SoloCluster {
    fn nodes(&self) -> usize {
        1
    }

    fn sleep(&self) -> Sleep {
        let context = self.context.child("sleep");
        Arc::new(move |duration| context.sleep(duration).boxed())
    }

    fn start(&mut self, _: usize, application: Arc<Recorder>) -> BoxFuture<'_, Arc<dyn Ordering>> {
        async move {
            let engine = start(self.context.child("node"), self.config.clone(), application)
                .await
                .unwrap();
            self.engine = Some(engine.clone());
            engine as Arc<dyn Ordering>
        }
        .boxed()
    }

    fn stop(&mut self, _: usize) -> BoxFuture<'_, ()> {
        async move {
            if let Some(engine) = self.engine.take() {
                engine.stop().await;
            }
            self.context.sleep(Duration::from_millis(1)).await;
        }
        .boxed()
    }

    fn membership(&self) -> Membership {
        Membership::constant(self.config.epochs, self.config.validators.clone())
    }

    fn proves(&self, header: &[u8], certificate: &Certificate) -> bool {
        verify_certificate(
            &self.config.validators[0],
            &self.config.ledger,
            header,
            &certificate.encoded,
        )
        .is_ok()
    }
}

fn run<F: Future<Output = ()> + 'static>(test: impl FnOnce(SoloCluster) -> F) {
    let config = deterministic::Config::new().with_timeout(Some(TIME_MAX));
    deterministic::Runner::new(config).start(|context| test(SoloCluster::new(context)));
}

#[test]
fn delivers_in_order() {
    run(async |mut cluster| contract::delivers_in_order(&mut cluster).await);
}

#[test]
fn survives_restarts() {
    run(async |mut cluster| contract::survives_restarts(&mut cluster).await);
}

#[test]
fn certifies_what_it_delivers() {
    run(async |mut cluster| contract::certifies_what_it_delivers(&mut cluster).await);
}

#[test]
fn never_delivers_the_refused() {
    run(async |mut cluster| contract::never_delivers_the_refused(&mut cluster).await);
}

#[test]
fn stops_when_delivery_fails() {
    run(async |mut cluster| contract::stops_when_delivery_fails(&mut cluster).await);
}

#[test]
fn idles_quietly() {
    run(async |mut cluster| contract::idles_quietly(&mut cluster).await);
}

#[test]
fn follows_the_validators() {
    run(async |mut cluster| contract::follows_the_validators(&mut cluster).await);
}
