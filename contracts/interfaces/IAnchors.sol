// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What gateways saw of business chains: batches of blocks that join without gap, each once, agreed on by m of n gateways of different
/// organisations (clauses 7.1.e, 7.2.j).
///
/// A batch has `batchBlocks` blocks, so that all gateways report the same ones; the first begins after a trust root of kind BlockHash. What
/// gateways say is attested, not proven: it is as good as the organisations that agree. A gateway that contradicts what was agreed on, or stays
/// silent, stands in its record.
interface IAnchors {
    /// When blocks are final: at once, when the chain calls them so, or with `depth` blocks above them.
    enum Finality { Instant, Finalized, Depth }

    struct Gateway {
        address account;
        /// The organisation that answers for it.
        bytes32 organisation;
    }

    struct Terms {
        Finality finality;
        /// Blocks above a final one; 0 for the other kinds.
        uint64 depth;
        /// Blocks of a batch, 1 to 4096.
        uint32 batchBlocks;
        /// Gateways that must say the same: more than half of them.
        uint8 threshold;
        /// At most 16, of different organisations.
        Gateway[] gateways;
    }

    struct Batch {
        uint64 fromHeight;
        uint64 toHeight;
        /// Hash of the block before the first one.
        bytes32 parentHash;
        /// Hash of the last block.
        bytes32 lastHash;
        /// Root over blocks, transactions and events (docs/operator/gateway.md).
        bytes32 blocksRoot;
        uint64 transactions;
        uint64 events;
    }

    struct Anchor {
        Batch batch;
        /// Hash over this batch and the digest before it.
        bytes32 digest;
        /// Gateways that said the same until now.
        uint8 agreed;
        /// Height at which it was agreed on.
        uint64 height;
        /// Seconds since 1970.
        uint64 at;
    }

    struct Following {
        Terms terms;
        uint64 startHeight;
        bytes32 startHash;
        /// First block of the next batch.
        uint64 nextHeight;
        /// Hash of the last anchored block.
        bytes32 lastHash;
        bytes32 digest;
        uint64 batchCount;
        /// Grows when the terms change; reports about the next batch begin anew then.
        uint64 round;
    }

    struct Standing {
        /// Batches in which it said what was agreed on.
        uint64 reports;
        /// Batches in which it said something else.
        uint64 contradictions;
        /// Batches up to and with the last one that it spoke about; behind `batchCount` it is late or silent.
        uint64 lastBatch;
        /// What it said about the next batch; zero if nothing yet.
        bytes32 digest;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error ChainUnknown(bytes32 id);
    /// The chain is not approved, or cancelled.
    error ChainNotActive(bytes32 id);
    error OrganisationNotActive(bytes32 id);
    error NotFollowed(bytes32 id);
    error AlreadyFollowed(bytes32 id);
    /// The chain has no trust root of kind BlockHash from exactly this height on.
    error NoTrustRoot(bytes32 id, uint64 startHeight);
    error NotAGateway(bytes32 id, address caller);
    /// The batch is neither the next one nor one that was agreed on.
    error NotContiguous(bytes32 id, uint64 expectedFromHeight);
    /// The batch does not follow the last anchored block: the gateway sees another fork.
    error DoesNotFollow(bytes32 id, bytes32 expectedParentHash);
    /// The chain's own validators signed another block at this height (contract Headers).
    error Disproven(bytes32 id, uint64 height, bytes32 proven);
    error AlreadyReported(bytes32 id, address gateway, uint64 fromHeight);

    event Followed(bytes32 indexed id, uint64 startHeight, bytes32 startHash);
    event TermsSet(bytes32 indexed id, uint64 round, Terms terms);
    event Reported(bytes32 indexed id, address indexed gateway, uint64 fromHeight, bytes32 digest);
    event Anchored(bytes32 indexed id, uint64 fromHeight, uint64 toHeight, bytes32 lastHash, bytes32 blocksRoot, uint64 transactions, uint64 events, bytes32 digest);
    /// A gateway said something else than what was agreed on.
    event Contradicted(bytes32 indexed id, address indexed gateway, uint64 fromHeight, bytes32 digest);

    /// Begins to follow an active chain after its trust root at `startHeight`; by a role (chain reviewer), or by proposal of kind Chains.
    function follow(bytes32 id, uint64 startHeight, Terms calldata terms) external;
    /// Changes the terms from the next batch on; by a role (chain reviewer), or by proposal of kind Chains.
    function amend(bytes32 id, Terms calldata terms) external;
    /// Says what the next batch holds, once; or, later, one that was agreed on. By a gateway of the chain.
    function report(bytes32 id, Batch calldata batch) external;

    function following(bytes32 id) external view returns (Following memory);
    /// Ids of the chains that are followed, in the order in which that began, at most 100.
    function followed(uint64 from, uint64 count) external view returns (bytes32[] memory ids);
    function standing(bytes32 id, address gateway) external view returns (Standing memory);
    /// Batches that were agreed on, oldest first, at most 100.
    function anchors(bytes32 id, uint64 from, uint64 count) external view returns (Anchor[] memory);
}
