// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Headers of business chains that this ledger verifies itself: the chain's own validators made them final, and their signatures are
/// checked here, whoever brings them (clauses 7.1.b, 9.1.2.b).
///
///   open (from a trust root) > update, update, ... > newest header
///                                   └ two final headers that cannot both be: the client is frozen for good
///
/// What gateways agree on (contract Anchors) is attested; what stands here is proven. A chain whose blocks nobody signs has no client.
interface IHeaders {
    /// How headers become final. Qbft and Ibft2: Besu, and QBFT of GoQuorum. Ibft1: Istanbul BFT of GoQuorum (EIP-650).
    enum Engine { None, Qbft, Ibft2, Ibft1, CometBft }
    /// What an update did. Added: the header is the newest one now. Known: it stood here before. Filled: it is proven as well, below the
    /// newest one. Frozen: it contradicts what stands here.
    enum Outcome { Added, Known, Filled, Frozen }

    /// A header with what makes it final.
    struct Evidence {
        /// The header in RLP with its seals; of CometBFT `tendermint.types.LightBlock`.
        bytes header;
        /// CometBFT, unless it is the next header: the validators that the newest header below it names (`tendermint.types.ValidatorSet`).
        bytes trustedValidators;
    }

    struct Client {
        Engine engine;
        /// Seconds for which a header vouches for a newer one.
        uint64 trustingSeconds;
        /// Clients of the chain until now: a new one takes the place of one that is frozen or too old.
        uint64 generation;
        /// Headers that were the newest one once.
        uint64 count;
        uint64 newestHeight;
        bytes32 newestHash;
        /// Seconds since 1970 at which it was frozen; 0 while it is not.
        uint64 frozenAt;
        /// The contradiction that froze it.
        uint64 frozenHeight;
        bytes32 trusted;
        bytes32 other;
    }

    struct Header {
        uint64 height;
        bytes32 hash;
        /// Zero where the chain does not tell.
        bytes32 parentHash;
        /// Nanoseconds since 1970, by the chain.
        uint64 time;
        /// Root of the state; of CometBFT the application's hash, after the block below.
        bytes stateRoot;
        /// Root of the receipts; zero for CometBFT.
        bytes32 receiptsRoot;
        /// Height of this ledger at which it was proven.
        uint64 provenAt;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error ChainNotActive(bytes32 id);
    /// No trust root of kind BlockHash is valid from that height on, or it is another block.
    error NoTrustRoot(bytes32 id, uint64 height, bytes32 hash);
    error NoClient(bytes32 id);
    /// There is one, and only the city replaces it.
    error ClientExists(bytes32 id);
    error ClientFrozen(bytes32 id, uint64 height);
    /// The header is not above the oldest one that is kept.
    error TooOld(bytes32 id, uint64 height, uint64 oldest);
    /// The evidence proves nothing, and why.
    error EvidenceInvalid(bytes32 id, string why);
    /// Both may be.
    error NoContradiction(bytes32 id);
    error HeaderUnknown(bytes32 id, uint64 height);

    event ClientOpened(bytes32 indexed id, Engine engine, uint64 generation, uint64 height, bytes32 hash);
    event HeaderProven(bytes32 indexed id, uint64 indexed height, bytes32 hash, bytes stateRoot);
    /// Validators of the chain signed two headers that cannot both be.
    event Equivocated(bytes32 indexed id, uint64 height, bytes32 trusted, bytes32 other);
    /// What gateways agreed on is not what the chain's validators signed.
    event AnchorDisproven(bytes32 indexed id, uint64 indexed height, bytes32 anchored, bytes32 proven);

    /// Begins at a trust root of kind BlockHash, whose header is given and vouches now; by a role (chain reviewer), or by proposal of kind
    /// Chains. A client that there is, is replaced by proposal alone, and with it all that it proved.
    function open(bytes32 id, Engine engine, uint64 trustingSeconds, Evidence calldata root) external;
    /// Proves a header. Open to everybody: the signatures in it speak.
    function update(bytes32 id, Evidence calldata evidence) external returns (Outcome outcome);
    /// Shows two final headers of one height: the client is frozen for good. Open to everybody.
    function convict(bytes32 id, Evidence calldata one, Evidence calldata other) external;

    /// The client of a chain; with the engine None where there is none.
    function client(bytes32 id) external view returns (Client memory);
    /// The proven header of a height; none of a client that is frozen.
    function header(bytes32 id, uint64 height) external view returns (Header memory);
    /// Headers that were the newest one once, in the order of their heights, from the one with that index on, at most 50.
    function headers(bytes32 id, uint64 from, uint64 count) external view returns (Header[] memory);
}
