import { dkimName, dkimRecord, keyedSelectors, revokedDkimRecord, type Signer } from "../../dns/dkim";
import { type PlannedRecord, RecordPurpose } from "../../dns/record";
import type { RecordText } from "../../dns/recordText";

/** The keys of a name that mail is signed for, and what is left of those that were revoked. */
export function dkimRecords({ name, dkim }: Signer): PlannedRecord[] {
  const key = (selector: string, value: RecordText, explanation: string): PlannedRecord => ({
    explanation,
    id: `${name}-DKIM-${selector}`,
    purpose: RecordPurpose.Sender,
    name: dkimName(selector, name),
    type: "TXT",
    value,
    dkimDomain: name,
  });
  return [
    ...keyedSelectors(dkim).map((each) =>
      key(
        each,
        dkimRecord(dkimName(each, name), dkim),
        `DKIM: the key by which receivers verify signatures of ${name}.`,
      ),
    ),
    ...dkim.revokedSelectors.map((each) => key(each, revokedDkimRecord, "DKIM: the key of this selector is revoked.")),
  ];
}
