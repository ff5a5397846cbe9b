// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The entity behind an identity: a record that is encrypted off the ledger, and opened only by several offices together, for a case,
/// with an event for every step.
///
/// Cryptography, done by clients (all lengths in bytes; `||` joins):
/// - Record: a random data key of 32. Ciphertext = nonce(12) || AES-256-GCM(key, nonce, plaintext, aad) with its tag(16);
///   aad = "civitas-sealed-record-v1" || identity(32).
/// - Split: the data key is shared k of n by Shamir over GF(256) (polynomial x^8+x^4+x^3+x+1, every byte by itself);
///   a share is x(1) || y(32), with x = 1.. in the order of `shares`.
/// - Sealed share: HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, single shot, to the office's key:
///   enc(32) || ciphertext(33 + 16) = 81; info = "civitas-office-share-v1", aad = identity(32).
/// - Handed share: the same, from an approving office to the key of the requesting office; info = "civitas-opening-share-v1",
///   aad = identity(32) || id of the opening (8, big endian).
/// The ledger checks lengths, offices and counts, never the contents: it has no key.
interface IOffices {
    /// Expired openings show as Expired, without a transaction that says so.
    enum OpeningStatus { None, Open, Opened, Expired }

    struct Office {
        bytes32 id;
        /// The organisation whose office it is.
        bytes32 organisation;
        string name;
        /// X25519 public key to which shares are sealed.
        bytes32 encryptionKey;
        /// Accounts that act for it; an account acts for one office.
        address[] accounts;
        bool active;
    }

    struct Share {
        bytes32 office;
        /// The office's key at that time.
        bytes32 encryptionKey;
        bytes sealedShare;
    }

    struct SealedRecord {
        /// keccak256 of the ciphertext.
        bytes32 commitment;
        /// The ciphertext, at most 2048 bytes; empty if it is kept elsewhere.
        bytes ciphertext;
        /// Where the ciphertext is kept; empty if it is here.
        string location;
        /// Offices that open it together.
        uint8 threshold;
        Share[] shares;
    }

    struct HandedShare { bytes32 office; address account; bytes sealedShare; uint64 at; }

    struct Opening {
        uint64 id;
        bytes32 identity;
        /// Index of the record, counted from 0, that it opens.
        uint64 record;
        string caseNumber;
        string legalBasis;
        bytes32 requestingOffice;
        address requester;
        OpeningStatus status;
        /// Seconds since 1970.
        uint64 requestedAt;
        /// Seconds since 1970 after which nobody can approve.
        uint64 expiresAt;
        uint8 approvalsNeeded;
        /// Offices that stand behind it, the requesting one included.
        uint8 approvals;
        HandedShare[] shares;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error OfficeUnknown(bytes32 id);
    /// The account acts for another office.
    error AccountTaken(address account, bytes32 office);
    error OrganisationNotActive(bytes32 id);
    error IdentityUnknown(bytes32 id);
    error IdentityCancelled(bytes32 id);
    error RecordUnknown(bytes32 identity);
    /// The caller acts for no active office.
    error NotAnOffice(address account);
    /// The office holds no share of the record.
    error OfficeWithoutShare(bytes32 office, bytes32 identity);
    error OpeningUnknown(uint64 id);
    error OpeningExpired(uint64 id, uint64 expiresAt);
    error AlreadyOpened(uint64 id);
    error AlreadyApproved(uint64 id, bytes32 office);
    /// Another account of the same identity already stands behind the opening for another office.
    error SamePerson(uint64 id, bytes32 identity);
    /// The change would leave fewer active offices than an opening needs.
    error WouldLockOut(string reason);

    event OfficeSet(bytes32 indexed id, bytes32 indexed organisation, string name, bytes32 encryptionKey, address[] accounts);
    event OfficeRemoved(bytes32 indexed id);
    event ThresholdSet(uint8 threshold);
    event RecordSealed(bytes32 indexed identity, bytes32 indexed commitment, uint64 record, uint8 threshold, address by);
    event OpeningRequested(uint64 indexed id, bytes32 indexed identity, bytes32 indexed office, address account, string caseNumber, string legalBasis, uint64 expiresAt);
    event OpeningApproved(uint64 indexed id, bytes32 indexed identity, bytes32 indexed office, address account, uint8 approvals, uint8 approvalsNeeded);
    event Opened(uint64 indexed id, bytes32 indexed identity, bytes32 indexed requestingOffice, string caseNumber, bytes32[] offices);

    /// Makes or changes an office; by proposal. A new key holds for records sealed from then on.
    function setOffice(bytes32 id, bytes32 organisation, string calldata name, bytes32 encryptionKey, address[] calldata accounts) external;
    /// Takes an office away; by proposal.
    function removeOffice(bytes32 id) external;
    /// Sets how many offices open a record together, 2 or more; by proposal. Sealed records keep theirs if it is higher.
    function setThreshold(uint8 threshold) external;
    /// Stores the record of an identity, in place of an earlier one; by a role for the organisation that vouches for the identity.
    function seal(bytes32 identity, SealedRecord calldata sealedRecord) external returns (uint64 record);
    /// Asks to open the newest record of an identity; by an account of an active office that holds a share. The requesting office is the
    /// first of the k: with a threshold of two, one more is needed.
    function requestOpening(bytes32 identity, string calldata caseNumber, string calldata legalBasis) external returns (uint64 id);
    /// Stands behind an opening and hands the share over; by an account of another active office that holds a share.
    function approveOpening(uint64 id, bytes calldata sealedShare) external returns (bool opened);

    function office(bytes32 id) external view returns (Office memory);
    function offices() external view returns (Office[] memory);
    function officeOf(address account) external view returns (bytes32);
    function threshold() external view returns (uint8);
    function sealedRecord(bytes32 identity) external view returns (SealedRecord memory);
    /// An earlier record, counted from 0.
    function sealedRecordAt(bytes32 identity, uint64 record) external view returns (SealedRecord memory);
    function recordCount(bytes32 identity) external view returns (uint64);
    /// Ids are 1, 2, 3...
    function opening(uint64 id) external view returns (Opening memory);
    function openingCount() external view returns (uint64);
}
