// The renewal story by jsforce: records, queries, describes, several at once, an action, and its event over CometD.
import jsforce from "jsforce";
const { SF_INSTANCE_URL, SF_SESSION_ID } = process.env;
const conn = new jsforce.Connection({ instanceUrl: SF_INSTANCE_URL, accessToken: SF_SESSION_ID, version: "55.0" });
const must = (truth, words) => { if (!truth) { throw new Error(words); } };
const make = async (kind, values) => {
  const made = await conn.sobject(kind).create(values);
  must(made.success, `${kind} was not made`);
  return made.id;
};
const ask = async (soql) => (await conn.query(soql)).records;
const product = await make("Product2", { Name: "Licence", ProductCode: "LIC" });
const model = await make("ProductSellingModel", { Name: "Term Monthly", Status: "Active", SellingModelType: "TermDefined", PricingTerm: 1, PricingTermUnit: "Months" });
const entry = await make("PricebookEntry", { Product2Id: product, ProductSellingModelId: model, UnitPrice: 10 });
const account = await make("Account", { Name: "Acme" });
const order = await make("Order", { AccountId: account, EffectiveDate: "2022-01-01", Status: "Draft" });
await make("OrderItem", { OrderId: order, PricebookEntryId: entry, Quantity: 10, UnitPrice: 10, EndDate: "2022-12-31" });
await conn.sobject("Order").update({ Id: order, Status: "Activated" });
const [asset] = await ask(`SELECT Id, Name FROM Asset WHERE AccountId = '${account}'`);
must(asset.Name === "Licence", "the asset has another name");
const seen = await conn.sobject("Account").retrieve(account);
must(seen.Name === "Acme", "the account has another name");
const found = await conn.sobject("Asset").find({ AccountId: account }, ["Id", "Quantity"]);
must(found.length === 1, "find answers something else");
const described = await conn.sobject("Asset").describe();
must(described.fields.some((field) => field.name === "AccountId"), "describe misses a field");
const all = await conn.describeGlobal();
must(all.sobjects.length >= 10, "too few objects");
const told = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("no event of the renewal")), 20000).unref();
  conn.streaming.subscribe("/event/AssetRenewInitiatedEvent", resolve);
});
await new Promise((resolve) => setTimeout(resolve, 3000));
const path = `/services/data/v55.0/asset-management/assets/${asset.Id}/actions/initiate-renewal`;
const renewed = await conn.request({ method: "POST", url: path, body: JSON.stringify({ assetIds: { assetIdArray: [asset.Id] } }), headers: { "Content-Type": "application/json" } });
must(renewed.success, "the renewal was refused");
const event = await told;
must(event.payload.RequestIdentifier === renewed.requestIdentifier, "the event is of another request");
must(event.payload.HasErrors === false, "the event tells errors");
const many = await conn.sobject("Account").create([{ Name: "Beta" }, { Name: "Gamma" }], { allOrNone: true });
must(many.length === 2 && many.every((each) => each.success), "several at once were refused");
try {
  await ask("SELECT Id FROM Moon");
  must(false, "an unknown object was found");
} catch (error) {
  must(error.errorCode === "INVALID_TYPE", `another error: ${error.errorCode}`);
}
await conn.sobject("Account").update({ Id: many[0].id, Name: "Beta Ltd" });
const identity = await conn.identity();
must(identity.user_id, "who am I?");
console.log("STORY OK");
process.exit(0);
