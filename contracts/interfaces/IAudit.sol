// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Anchors of the audit records of the nodes: after an anchor, a record up to it cannot be taken away or altered unseen (clause 9.1.1.f).
///
/// A node numbers its records 0, 1, 2... and chains their hashes. An anchor says that the records `fromIndex` to `toIndex` end in
/// `headHash`; the node signs keccak256(abi.encode("civitas-audit-anchor", block.chainid, fromIndex, toIndex, headHash)) with its key.
interface IAudit {
    struct Anchor {
        uint64 fromIndex;
        uint64 toIndex;
        bytes32 headHash;
        /// Height at which it was anchored.
        uint64 height;
        /// Seconds since 1970.
        uint64 at;
    }

    error InvalidArgument(string name, string rule);
    error NodeNotActive(bytes32 key);
    /// The anchor does not begin where the last one of the node ended.
    error NotContiguous(bytes32 nodeKey, uint64 expectedFromIndex);
    /// A node anchors at most every ten blocks.
    error AnchorTooSoon(bytes32 nodeKey, uint64 nextHeight);
    error BadSignature(bytes32 key);
    error AnchorUnknown(bytes32 nodeKey);

    event Anchored(bytes32 indexed nodeKey, uint64 fromIndex, uint64 toIndex, bytes32 headHash);

    /// Anchors records of a node. Open to everybody: the signature of the node, which must be active, decides.
    function anchor(bytes32 nodeKey, uint64 fromIndex, uint64 toIndex, bytes32 headHash, bytes calldata signature) external;

    function lastAnchor(bytes32 nodeKey) external view returns (Anchor memory);
    /// Anchors of a node, oldest first, at most 100.
    function anchors(bytes32 nodeKey, uint64 from, uint64 count) external view returns (Anchor[] memory);
    function anchorCount(bytes32 nodeKey) external view returns (uint64);
}
