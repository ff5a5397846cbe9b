// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Certifies records: the hash and its block are kept in the state, the record itself in the log.
contract Certificates {
    event Certified(bytes32 indexed digest, address indexed author, bytes record);

    /// The block in which a record was certified first, by its Keccak-256; zero if it never was.
    mapping(bytes32 => uint256) public certifiedAt;

    function certify(bytes calldata record) external returns (bytes32 digest) {
        digest = keccak256(record);
        require(certifiedAt[digest] == 0, "already certified");
        certifiedAt[digest] = block.number;
        emit Certified(digest, msg.sender, record);
    }
}
