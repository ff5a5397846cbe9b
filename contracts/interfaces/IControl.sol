// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Status of accounts and contracts, who may deploy, protected functions, and gas quotas. Every node enforces it: a transaction that it
/// does not allow is never part of a block.
interface IControl {
    enum AccountStatus { Active, Frozen, Cancelled }
    enum ContractStatus { Active, Frozen, Retired }

    struct Policy {
        /// Whether only accounts that a role permits to deploy may create contracts.
        bool deploymentRestricted;
        /// Whether every sender must be bound to an active identity.
        bool identityRequired;
        /// Gas that a sender without a quota of its own may use in a period; 0 is without bound.
        uint64 defaultQuota;
        /// Seconds of a quota period.
        uint64 periodSeconds;
    }

    struct Freeze {
        /// Seconds since 1970 at which it lapses by itself; 0 if it does not.
        uint64 until;
        /// Who froze it.
        address by;
        uint64 at;
        string reason;
    }

    struct Usage { uint64 quota; uint64 used; uint64 periodEnds; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error AccountNotActive(address account, AccountStatus status);
    error AccountNotFrozen(address account, AccountStatus status);
    error ContractNotActive(address target, ContractStatus status);
    error ContractNotFrozen(address target, ContractStatus status);
    /// A freeze by emergency of this account or contract can be repeated only from `from` on (seconds since 1970).
    error EmergencyUsed(address target, uint64 from);
    /// System contracts cannot be frozen, retired or protected here.
    error SystemContractProtected(address target);
    /// The account is one without which proposals could no longer pass.
    error WouldLockOut(string reason);

    event AccountFrozen(address indexed account, address indexed by, uint64 until, string reason);
    event AccountUnfrozen(address indexed account, address indexed by);
    event AccountCancelled(address indexed account);
    event ContractFrozen(address indexed target, address indexed by, uint64 until, string reason);
    event ContractUnfrozen(address indexed target, address indexed by);
    event ContractRetired(address indexed target);
    event FunctionProtected(address indexed target, bytes4 indexed selector, bool required);
    event PolicyChanged(bool deploymentRestricted, bool identityRequired, uint64 defaultQuota, uint64 periodSeconds);
    event QuotaChanged(bytes32 indexed subject, uint64 gasPerPeriod);

    /// Freezes an account: none of its transactions is executed until it is unfrozen.
    function freezeAccount(address account, string calldata reason) external;
    /// Freezes an account for 72 hours; a proposal that calls freezeAccount ratifies it. Not again within 30 days after it.
    function emergencyFreezeAccount(address account, string calldata reason) external;
    function unfreezeAccount(address account) external;
    /// Ends an account for ever; by proposal.
    function cancelAccount(address account) external;

    /// Freezes a contract: every call of it is refused, from accounts and from other contracts.
    function freezeContract(address target, string calldata reason) external;
    function emergencyFreezeContract(address target, string calldata reason) external;
    function unfreezeContract(address target) external;
    /// Ends a contract for ever; by proposal.
    function retireContract(address target) external;

    /// Says whether transactions that call `selector` of `target` need a role that permits it. A contract protects its own functions
    /// by calling this; others need a role that permits it for the contract.
    function protectFunction(address target, bytes4 selector, bool required) external;

    function setPolicy(Policy calldata policy) external;
    /// Gas per period for an account (its address) or an identity (its id); 0 takes the quota away.
    function setQuota(bytes32 subject, uint64 gasPerPeriod) external;

    /// The status now, lapsed freezes counted as ended.
    function accountStatus(address account) external view returns (AccountStatus status, Freeze memory freeze);
    function contractStatus(address target) external view returns (ContractStatus status, Freeze memory freeze);
    function isProtected(address target, bytes4 selector) external view returns (bool);
    function policy() external view returns (Policy memory);
    /// Quota and use of a subject in the period of this block.
    function usage(bytes32 subject) external view returns (Usage memory);
}
