import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { parseEther } from "viem";

describe("Hardhat 3 against a city", async () => {
  const { viem } = await network.getOrCreate();
  const client = await viem.getPublicClient();
  const [first, second] = await viem.getWalletClients();

  it("deploys and uses the contracts of OpenZeppelin", async () => {
    const access = await viem.deployContract("CityAccess", [first.account.address]);
    const token = await viem.deployContract("CityToken", [access.address, first.account.address, parseEther("100")]);
    const hash = await token.write.transfer([second.account.address, parseEther("1")]);
    const receipt = await client.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    assert.equal(await token.read.balanceOf([second.account.address]), parseEther("1"));
    const events = await token.getEvents.Transfer({ to: second.account.address }, { fromBlock: receipt.blockNumber });
    assert.equal(events.length, 1);
  });

  it("issues a deed from a second account", async () => {
    const deed = await viem.deployContract("CityDeed");
    const asSecond = await viem.getContractAt("CityDeed", deed.address, { client: { wallet: second } });
    await client.waitForTransactionReceipt({ hash: await asSecond.write.issue([second.account.address, "city:deed/hardhat"]) });
    assert.equal((await deed.read.ownerOf([1n])).toLowerCase(), second.account.address.toLowerCase());
  });

  it("shows why a contract refuses", async () => {
    const probe = await viem.deployContract("Probe");
    await assert.rejects(probe.read.refuse([3n]), /Refused/);
    await assert.rejects(probe.write.refuse([3n]), /Refused/);
  });
});
