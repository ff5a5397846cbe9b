// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The organisations of the city: legal bodies that own nodes and accounts (clause 7).
/// Organisations join, change and leave by proposal only: the functions that change something are called by Governance.
interface IOrganisations {
    enum Kind { None, Governance, Business, Provider, Supporter }
    enum Status { None, Active, Suspended, Left }

    struct Organisation {
        bytes32 id;
        string name;
        Kind kind;
        /// Rank among the city's bodies, 0 (lowest) to 100.
        uint8 level;
        Status status;
        /// Whether its representatives vote on proposals.
        bool voting;
        /// Height at which it joined.
        uint64 joinedAt;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error OrganisationUnknown(bytes32 id);
    error OrganisationExists(bytes32 id);
    error OrganisationNotActive(bytes32 id);
    error AnchorUnknown(bytes32 organisation, bytes32 fingerprint);
    error AnchorExists(bytes32 organisation, bytes32 fingerprint);
    /// The change would leave proposals without enough organisations to pass.
    error WouldLockOut(string reason);

    event OrganisationJoined(bytes32 indexed id, string name, Kind kind, uint8 level, bool voting);
    event OrganisationChanged(bytes32 indexed id, string name, Kind kind, uint8 level, bool voting);
    event OrganisationStatusChanged(bytes32 indexed id, Status status);
    event AnchorAdded(bytes32 indexed organisation, bytes32 indexed fingerprint);
    event AnchorRemoved(bytes32 indexed organisation, bytes32 indexed fingerprint);

    /// Takes an organisation in. Its id is keccak256 of its name.
    function join(string calldata name, Kind kind, uint8 level, bool voting) external returns (bytes32 id);
    /// Changes kind, level or the right to vote.
    function change(bytes32 id, Kind kind, uint8 level, bool voting) external;
    /// Suspends, re-activates, or lets an organisation leave (for ever).
    function setStatus(bytes32 id, Status status) external;
    /// Adds a certificate authority (DER, at most 4096 bytes) whose node certificates are admitted for the organisation.
    function addAnchor(bytes32 id, bytes calldata certificate) external returns (bytes32 fingerprint);
    /// Takes an authority away; `fingerprint` is the SHA-256 of its certificate.
    function removeAnchor(bytes32 id, bytes32 fingerprint) external;

    function organisation(bytes32 id) external view returns (Organisation memory);
    function organisations(uint64 from, uint64 count) external view returns (Organisation[] memory);
    function organisationCount() external view returns (uint64);
    function anchors(bytes32 id) external view returns (bytes[] memory certificates);
    function isActive(bytes32 id) external view returns (bool);
    /// Active organisations that vote.
    function voterCount() external view returns (uint64);
}
