// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Identities of persons, organisations, nodes and things, as decentralised identifiers (W3C DID Core), and the accounts of any
/// chain that are bound to them.
///
/// Text form of a DID: `did:civitas:` and the 64 lower-case hexadecimal digits of the id. An id is 32 random bytes, made by who
/// creates the identity; the first twelve are not all zero.
/// A party is 32 bytes: an account of this ledger, padded on the left with twelve zero bytes, or the id of an identity. For an
/// identity speaks every account that is bound to it or is an account among its own controllers, as long as it is active.
/// Personal data of natural persons never stands here: of it only salted commitments, hash(salt of 16 or more random bytes, data).
/// Fragments, service endpoints and reasons are public for ever: they name keys and offices, never people.
/// Nothing is deleted, and no time lies in the past: what `resolveAt` said about a time stays true. The document at a height is
/// `resolve` called at that height.
interface IIdentities {
    /// Cancelled is for ever.
    enum Status { None, Active, Frozen, Cancelled }
    enum Kind { None, Person, Organisation, Node, Thing }
    /// Secp256k1 and P256: 65 bytes, SEC 1 uncompressed. Ed25519: 32 bytes (RFC 8032).
    enum KeyType { None, Secp256k1, P256, Ed25519 }

    /// A key of the identity (DID Core, verification method).
    struct Method {
        /// Its name within the document: 1 to 64 of A-Z a-z 0-9 . _ -, used once.
        string fragment;
        KeyType keyType;
        bytes key;
        /// Bits: 1 authentication, 2 assertion, 4 key agreement, 8 capability invocation, 16 capability delegation.
        uint8 purposes;
        /// Seconds since 1970 from which it is valid; when it is added, 0 means now.
        uint64 validFrom;
        /// Seconds since 1970 from which it is no longer valid; 0 is without end.
        uint64 validUntil;
    }

    /// Where the identity can be reached (DID Core, service).
    struct Service { string fragment; string serviceType; string endpoint; }

    struct NewIdentity {
        bytes32 id;
        Kind kind;
        /// The organisation that vouches for it; zero if none does.
        bytes32 organisation;
        /// Parties that change the document.
        bytes32[] controllers;
        /// Parties of which `recoveryThreshold` together replace the controllers; none if it cannot be recovered.
        bytes32[] recoverers;
        uint8 recoveryThreshold;
        Method[] methods;
        Service[] services;
        /// Salted commitments to data that is kept elsewhere.
        bytes32[] commitments;
    }

    /// An identity at a time.
    struct Document {
        bytes32 id;
        string did;
        Kind kind;
        Status status;
        bytes32 organisation;
        bytes32[] controllers;
        Method[] methods;
        Service[] services;
        /// Bound accounts (CAIP-10).
        string[] accounts;
        /// Commitments as of today, whatever the time that was asked for; events tell earlier ones.
        bytes32[] commitments;
        /// Seconds since 1970.
        uint64 createdAt;
        /// Changes so far, as of today.
        uint64 version;
    }

    struct StatusChange { Status status; uint64 since; uint64 height; address by; string reason; }

    struct Recovery {
        bytes32[] recoverers;
        uint8 threshold;
        /// Recoverers that will replace these, and when (seconds since 1970); 0 if no change is waiting.
        bytes32[] nextRecoverers;
        uint8 nextThreshold;
        uint64 nextFrom;
    }

    /// What both sides of a binding or a release sign. The texts are built from these fields alone: `accountMessage`, `releaseMessage`,
    /// `consentMessage`.
    struct Binding {
        bytes32 id;
        /// CAIP-10 account: `eip155:<chain>:0x...` (signs with secp256k1, EIP-191), `solana:<genesis>:<base58 of the key>` (Ed25519), or
        /// `civitas:<ledger>:0x<40 digits>`, the last 20 bytes of keccak256 of a P-256 key (x and y, 64 bytes) or Ed25519 key (32 bytes).
        string account;
        /// Chain id of this ledger.
        uint64 ledger;
        /// `nonceOf(id)`; every accepted proof uses one up.
        uint64 nonce;
        /// Seconds since 1970; at most a minute ahead of the block.
        uint64 issuedAt;
        /// Seconds since 1970; later than the block, at most a day after `issuedAt`.
        uint64 expiresAt;
    }

    /// The account's signature over the account message. Secp256k1: 65 bytes r, s, v over the EIP-191 digest, s in the lower half, `key`
    /// empty. P256: 64 bytes r, s, over SHA-256. Ed25519: 64 bytes.
    struct AccountProof { KeyType keyType; bytes key; bytes signature; }

    /// The identity's signature over the consent message, by a method valid now for authentication. Empty where a controller calls.
    /// Secp256k1: 64 bytes r, s, or 65 with v, over the EIP-191 digest; else as in AccountProof.
    struct IdentityProof { string fragment; bytes signature; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error IdentityUnknown(bytes32 id);
    error IdentityExists(bytes32 id);
    error IdentityFrozen(bytes32 id);
    error IdentityCancelled(bytes32 id);
    error IdentityNotFrozen(bytes32 id);
    error OrganisationNotActive(bytes32 id);
    /// The caller does not speak for a controller of the identity.
    error NotAController(bytes32 id, address caller);
    /// The caller does not speak for a party of the recovery set.
    error NotARecoverer(bytes32 id, address caller);
    error RecoveryAlreadyApproved(bytes32 id, address caller);
    error FragmentExists(bytes32 id, string fragment);
    error FragmentUnknown(bytes32 id, string fragment);
    /// A signature is not the account's over the message of these fields.
    error ProofForged(string account);
    /// A signature is not the identity's over the message of these fields.
    error ConsentForged(bytes32 id, string fragment);
    /// The method is not valid now, or not for authentication.
    error MethodNotValid(bytes32 id, string fragment);
    error ProofExpired(uint64 expiresAt, uint64 blockTime);
    error ProofNotYetValid(uint64 issuedAt, uint64 blockTime);
    error ProofReplayed(bytes32 id, uint64 nonceExpected, uint64 nonceGiven);
    /// The proof was made for another ledger.
    error OtherLedger(uint64 ledgerExpected, uint64 ledgerGiven);
    error AccountAlreadyBound(string account, bytes32 id);
    error AccountNotBound(string account);
    /// Nobody here can verify accounts of this kind with keys of this kind.
    error AccountNotSupported(string account);

    event IdentityCreated(bytes32 indexed id, bytes32 indexed organisation, Kind kind, address by);
    event ControllersChanged(bytes32 indexed id, bytes32[] controllers, address by);
    event RecoveryChanged(bytes32 indexed id, bytes32[] recoverers, uint8 threshold, uint64 from, address by);
    event RecoveryApproved(bytes32 indexed id, bytes32[] controllers, address by, uint8 approvals, uint8 threshold);
    event Recovered(bytes32 indexed id, bytes32[] controllers);
    event MethodAdded(bytes32 indexed id, string fragment, KeyType keyType, bytes key, uint8 purposes, uint64 validFrom, uint64 validUntil);
    event MethodEnded(bytes32 indexed id, string fragment, uint64 validUntil, address by);
    event ServiceAdded(bytes32 indexed id, string fragment, string serviceType, string endpoint);
    event ServiceRemoved(bytes32 indexed id, string fragment);
    event CommitmentsChanged(bytes32 indexed id, bytes32[] commitments, address by);
    event StatusChanged(bytes32 indexed id, Status status, address by, string reason);
    event AccountBound(bytes32 indexed id, bytes32 indexed accountHash, string account);
    event AccountUnbound(bytes32 indexed id, bytes32 indexed accountHash, string account, address by);

    /// Creates an identity; by a role for the organisation that vouches.
    function create(NewIdentity calldata identity) external;
    /// Replaces the commitments; by a role for the organisation that vouches, which has seen the data.
    function setCommitments(bytes32 id, bytes32[] calldata commitments) external;
    /// Stops the identity for a time: it changes nothing, binds nothing, and its accounts are not usable. By role or proposal.
    function freeze(bytes32 id, string calldata reason) external;
    /// Ends a freeze. By role or proposal.
    function unfreeze(bytes32 id, string calldata reason) external;
    /// Ends the identity for ever. By role or proposal.
    function cancel(bytes32 id, string calldata reason) external;

    /// Replaces the controllers; by a controller.
    function setControllers(bytes32 id, bytes32[] calldata controllers) external;
    /// Replaces the recovery set, seven days from now, so that a stolen controller key cannot take recovery away; by a controller.
    function setRecovery(bytes32 id, bytes32[] calldata recoverers, uint8 threshold) external;
    /// Adds a key; by a controller.
    function addMethod(bytes32 id, Method calldata method) external;
    /// Ends a key at a time, 0 for now; never later than it would end anyway. By a controller.
    function endMethod(bytes32 id, string calldata fragment, uint64 validUntil) external;
    /// Adds a service; by a controller.
    function addService(bytes32 id, Service calldata service) external;
    /// Ends a service; by a controller.
    function removeService(bytes32 id, string calldata fragment) external;
    /// Approves new controllers in the name of a party of the recovery set; the approval that reaches the threshold sets them, and drops a
    /// waiting change of the recovery set. Approvals of the same list lapse seven days after the first.
    function approveRecovery(bytes32 id, bytes32[] calldata controllers) external returns (bool recovered);

    /// Binds an account: signed by the account, and called by a controller or signed by a method (then anybody may bring it).
    function bind(Binding calldata binding, AccountProof calldata accountProof, IdentityProof calldata identityProof) external;
    /// Unbinds an account; by a controller, by the account itself if it is of this ledger, or by a role for the organisation that vouches.
    /// Of an identity that is frozen or cancelled, only by the role.
    function unbind(string calldata account) external;
    /// Unbinds an account by its own signature over the release message; open to everybody.
    function release(Binding calldata binding, AccountProof calldata accountProof) external;

    function did(bytes32 id) external pure returns (string memory);
    function statusOf(bytes32 id) external view returns (Status);
    function resolve(bytes32 id) external view returns (Document memory);
    /// The document with the methods, services, controllers and accounts of that time (seconds since 1970), and its status then.
    function resolveAt(bytes32 id, uint64 timestamp) external view returns (Document memory);
    /// A key, also one that has ended.
    function method(bytes32 id, string calldata fragment) external view returns (Method memory);
    /// The statuses of an identity, oldest first; at most 100 a call.
    function statusHistory(bytes32 id, uint64 from, uint64 count) external view returns (StatusChange[] memory);
    function recoveryOf(bytes32 id) external view returns (Recovery memory);
    /// Whether `caller` speaks for a controller now.
    function isController(bytes32 id, address caller) external view returns (bool);
    /// The identity of an account of this ledger; zero if it has none.
    function identityOf(address account) external view returns (bytes32);
    /// The identity of an account of any chain (CAIP-10); zero if it has none.
    function identityOfAccount(string calldata account) external view returns (bytes32);
    /// Whether the account has no identity or an active one.
    function isUsable(address account) external view returns (bool);
    /// The nonce of the next proof.
    function nonceOf(bytes32 id) external view returns (uint64);
    /// What the account signs to be bound (CAIP-122; for eip155 the text of EIP-4361).
    function accountMessage(Binding calldata binding) external view returns (string memory);
    /// What the account signs to be released.
    function releaseMessage(Binding calldata binding) external view returns (string memory);
    /// What a method of the identity signs to take the account.
    function consentMessage(Binding calldata binding) external view returns (string memory);
    /// Ids in the order of creation; at most 100 a call.
    function identities(uint64 from, uint64 count) external view returns (bytes32[] memory);
    function identityCount() external view returns (uint64);
}
