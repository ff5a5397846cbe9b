// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What the tests need beyond ordinary contracts: loops, storage, nested calls, every way to fail.
contract Probe {
    error Refused(address caller, uint256 code, string reason);

    event Noted(address indexed author, uint256 indexed index, bytes payload);

    uint256 public total;
    mapping(uint256 key => uint256 value) public cells;

    function add(uint256 amount) external returns (uint256) {
        total += amount;
        return total;
    }

    function fill(uint256 first, uint256 count) external {
        for (uint256 key = first; key < first + count; ++key) cells[key] = key + 1;
    }

    function note(uint256 first, uint256 count) external {
        for (uint256 index = first; index < first + count; ++index) {
            emit Noted(msg.sender, index, abi.encode(index, block.number));
        }
    }

    function refuse(uint256 code) external view {
        revert Refused(msg.sender, code, "as asked");
    }

    function complain() external pure {
        require(false, "complaint in words");
    }

    function panic(uint256 zero) external pure returns (uint256) {
        return 1 / zero;
    }

    function spin() external view {
        uint256 steps;
        while (gasleft() > 0) ++steps;
    }

    function nested(uint256 depth) external returns (uint256) {
        if (depth == 0) return this.add(1);
        return this.nested(depth - 1);
    }

    function environment() external view returns (uint256, uint256, uint256, uint256, address) {
        return (block.chainid, block.number, block.timestamp, block.basefee, msg.sender);
    }
}

/// What an account delegates to by EIP-7702: several calls in one transaction.
contract Batch {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    event Executed(address indexed account, uint256 calls);

    function execute(Call[] calldata calls) external payable {
        require(msg.sender == address(this), "only the account itself");
        for (uint256 index; index < calls.length; ++index) {
            (bool success,) = calls[index].target.call{value: calls[index].value}(calls[index].data);
            require(success, "a call failed");
        }
        emit Executed(address(this), calls.length);
    }

    receive() external payable {}
}
