// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Which words are looked for in transactions, and what follows on which ledger (clause 7.1.e).
///
/// The ledger keeps the hash of each version of the thesaurus, never its words: nodes hold the file, and check transactions before they
/// vote. Nothing here has a part in execution. What changes is in force ten blocks later at the earliest, so that all nodes know it.
///
///   publish > waits > approve (another person) > approved > fromHeight > in force until the next version
///   publish by a proposal ─────────────────────────▲
interface IContent {
    /// Off: nobody looks. Flag: what is found is reported. Refuse: nodes refuse what a category refuses, and the rest is reported.
    enum Mode { Off, Flag, Refuse }

    struct Version {
        /// From 1, without gap.
        uint32 version;
        /// Hash of the thesaurus (docs/operator/content.md).
        bytes32 hash;
        uint32 categories;
        /// The decision that allows it.
        string legalBasis;
        address publishedBy;
        /// Seconds since 1970.
        uint64 publishedAt;
        /// Zero while it waits for another person.
        address approvedBy;
        uint64 approvedAt;
        /// The first height of the main ledger at which it counts; while it waits, the one that was asked for.
        uint64 fromHeight;
    }

    struct Setting {
        Mode mode;
        /// The first height of the main ledger at which it counts.
        uint64 fromHeight;
        /// What counts before it.
        Mode before;
    }

    struct InForce {
        Mode mode;
        /// 0 if there is none.
        uint32 version;
        bytes32 hash;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error VersionUnknown(uint32 version);
    /// Versions follow one another: this one is next.
    error NotNext(uint32 version, uint32 next);
    /// The version was approved before, or has another hash than the one that is approved.
    error NotWaiting(uint32 version, bytes32 hash);
    /// Who published does not approve, nor anybody of the same identity.
    error FourEyes(uint32 version, address caller);
    /// The change before this one is not in force yet.
    error NotYetInForce(uint64 fromHeight);
    error LedgerUnknown(uint64 ledger);

    event Published(uint32 indexed version, bytes32 indexed hash, address indexed by, uint32 categories, string legalBasis);
    event Approved(uint32 indexed version, bytes32 indexed hash, address indexed by, uint64 fromHeight);
    event ModeSet(uint64 indexed ledger, Mode mode, uint64 fromHeight);

    /// Publishes the next version, or another one in place of a version that waits. By a role (regulator): it waits for `approve`. By
    /// proposal of kind Control: it is approved. `fromHeight` 0: as soon as it may be.
    function publish(uint32 version, bytes32 hash, uint32 categories, string calldata legalBasis, uint64 fromHeight) external;
    /// Approves the version that waits, with the hash that was seen; by a role (regulator), another person than who published.
    function approve(uint32 version, bytes32 hash) external;
    /// What nodes do on a ledger, named by its chain id; by proposal of kind Control.
    function setMode(uint64 ledger, Mode mode) external;

    function versionOf(uint32 version) external view returns (Version memory);
    function versionCount() external view returns (uint32);
    /// Versions from `from` (the first is 1) on, at most 50.
    function versions(uint32 from, uint32 count) external view returns (Version[] memory);
    function modeOf(uint64 ledger) external view returns (Setting memory);
    /// What counts on a ledger for payloads that are made at this height of the main ledger.
    function inForce(uint64 ledger, uint64 height) external view returns (InForce memory);
}
