//! What the driver of one channel is told.

use crate::name::caip2;
use civitas_ports::{FinalityClass, ForeignError};
use std::{fmt, time::Duration};

/// A certificate with its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The certificate.
    pub certificate: Vec<u8>,
    /// Its private key (PKCS #8, or that of an elliptic curve alone).
    pub key: Vec<u8>,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyPair")
    }
}

/// Settings of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// CAIP-2 name of the channel ([`crate::caip2`]).
    pub chain: String,
    /// The channel's own name.
    pub channel: String,
    /// Addresses of peers, `grpcs` or `grpc` (without TLS), in the order of preference.
    pub urls: Vec<String>,
    /// A config block of the channel as a file of Fabric has it (`configtxgen`, `peer channel fetch config`): everything is proven from
    /// this one on, and nothing before it is given.
    pub config_block: Vec<u8>,
    /// The member service provider of the organisation that asks: `Org1MSP`.
    pub msp_id: String,
    /// The identity that asks. Its organisation must be a reader of the channel.
    pub identity: KeyPair,
    /// Certificates in PEM that may sign those of the peers; none where no address has TLS.
    pub tls_roots: Vec<u8>,
    /// What the driver shows of itself in TLS, where peers want that.
    pub tls: Option<KeyPair>,
    /// When blocks are final. They are as soon as they are there; a depth is waited for all the same.
    pub finality: FinalityClass,
    /// How long one request may take, link included.
    pub request_time_max: Duration,
    /// Bytes of one block as it comes, at most. Of headers, fewer are given once their blocks have half of that.
    pub response_bytes_max: usize,
    /// Transactions of one block, at most.
    pub transactions_max: usize,
    /// How long an endpoint is not asked after it failed or lied, while there is another one.
    pub rest: Duration,
}

impl Config {
    /// Settings of a channel without an address, with the defaults: 10 s a request, 128 MiB a block (Fabric's orderers and peers
    /// take messages of 100 MiB at most), 100,000 transactions a block, 30 s of rest.
    pub fn new(channel: &str, config_block: Vec<u8>, msp_id: &str, identity: KeyPair) -> Self {
        Self {
            chain: caip2(channel),
            channel: channel.to_owned(),
            urls: Vec::new(),
            config_block,
            msp_id: msp_id.to_owned(),
            identity,
            tls_roots: Vec::new(),
            tls: None,
            finality: FinalityClass::Instant,
            request_time_max: Duration::from_secs(10),
            response_bytes_max: 128 * 1024 * 1024,
            transactions_max: 100_000,
            rest: Duration::from_secs(30),
        }
    }

    /// Whether they can be used.
    pub(crate) fn check(&self) -> Result<(), ForeignError> {
        let named = caip2(&self.channel);
        if named == self.chain {
            return Ok(());
        }
        Err(ForeignError::Settings {
            what: format!(
                "channel {} has the name {named}, not {}",
                self.channel, self.chain
            ),
        })
    }
}
