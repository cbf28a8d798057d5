import type { MachineModel } from "../../model";
import { tables } from "../postfix/tables";

/** Where OpenDKIM's scripts (opendkim-lua(3), Lua 5.1) lie. */
export const scripts = {
  /** Runs before a message is signed or judged. */
  setup: "/etc/opendkim/setup.lua",
  /** Runs for a message whose signatures are made or judged; its word is the last one. */
  final: "/etc/opendkim/final.lua",
} as const;

/**
 * Refuses a message of somebody who has logged in whose From or Sender is not theirs, by the table that binds the sender of the envelope, and
 * any message with two From headers, of which a signature would vouch for one and a reader may see the other.
 */
export function finalScript(model: Pick<MachineModel, "recipientDelimiter" | "freeSenders">): string {
  const free = model.freeSenders.map((each) => `["${each}"] = true`);
  return `-- Whose message it may be: read for each message; the table of senders too, so that a new mailbox needs no reload.
local free = { ${free.join(", ")} }

${addressIn}

-- Whether the login may send as the address, as Postfix has it for the sender of the envelope (smtpd_sender_login_maps).
local function owns(login, address)
  local file = io.open("${tables.senders.path}")
  if not file then
    return false
  end
  local lines = "\\n" .. file:read("*a")
  file:close()
  local name, domain = address:match("${localPart(model.recipientDelimiter)}(@.*)$")
  local _, stop = lines:find("\\n" .. name .. domain .. " ", 1, true)
  if not stop then
    _, stop = lines:find("\\n" .. domain .. " ", 1, true)
  end
  for owner in (stop and lines:match("[^\\n]*", stop + 1) or ""):gmatch("[^, ]+") do
    if owner == login then
      return true
    end
  end
  return false
end

local function refuse(code, text)
  odkim.set_reply(ctx, "550", code, text)
  odkim.set_result(ctx, SMFIS_REJECT)
end

local login = (odkim.get_mtasymbol(ctx, "{auth_authen}") or ""):lower()
if odkim.get_header(ctx, "From", 1) then
  refuse("5.6.0", "A message has one From header, not two (RFC 5322 section 3.6)")
elseif login ~= "" and not free[login] then
  for _, name in ipairs({ "From", "Sender" }) do
    local count = 0
    local value = odkim.get_header(ctx, name, 0)
    while value and count < 2 do
      local address = addressIn(value)
      if not address then
        refuse("5.7.1", "The " .. name .. " header must be one plain address, such as Anna <anna@example.org>")
        return
      elseif not owns(login, address) then
        refuse("5.7.1", "The address " .. address .. " in the " .. name .. " header is not owned by user " .. login)
        return
      end
      count = count + 1
      value = odkim.get_header(ctx, name, count)
    end
    if count > 1 then
      refuse("5.6.0", "A message has one " .. name .. " header, not two (RFC 5322 section 3.6)")
      return
    end
  end
end
`;
}

/**
 * Keeps the domains' signatures from what programs of the machine write without a login, whatever user they run as: that is signed in the
 * machine's own name only. Where this name is a domain of mailboxes too, for the machine's own senders only.
 */
export function setupScript({ hostname, domains }: Pick<MachineModel, "hostname" | "domains">): string {
  const isDomain = domains.some(({ name }) => name === hostname);
  const own = isDomain
    ? `address == "root@${hostname}" or address == "mailer-daemon@${hostname}"`
    : `address:match("@(.*)$") == "${hostname}"`;
  return `-- What is signed: what clients that log in send, and what the machine itself has to say.
${addressIn}

local client = odkim.get_clientip(ctx)
local login = odkim.get_mtasymbol(ctx, "{auth_authen}") or ""
-- The final script refuses a message with two From headers.
if login == "" and (client == "127.0.0.1" or client == "::1") and not odkim.get_header(ctx, "From", 1) then
  local address = addressIn(odkim.get_header(ctx, "From", 0) or "")
  if not (address and (${own})) then
    odkim.set_result(ctx, SMFIS_ACCEPT)
  end
end
`;
}

/** Pattern of a local part up to its first delimiter, as Postfix cuts it. */
function localPart(delimiters: string): string {
  return delimiters === "" ? "^([^@]+)" : `^(.[^@${delimiters.replace(/\W/g, "%$&")}]*)[^@]*`;
}

/**
 * Lua function that reads the address of a header. It takes what every reader takes for the same address, and nothing else: no list, no group,
 * no quoted local part.
 */
const addressIn = `-- The place after a quoted string or a comment that begins at a place; nil where it does not end.
local function after(text, at, open, close)
  local depth = 1
  at = at + 1
  while at <= #text do
    local char = text:sub(at, at)
    if char == "\\\\" then
      at = at + 1
    elseif char == close then
      depth = depth - 1
      if depth == 0 then
        return at + 1
      end
    elseif char == open then
      depth = depth + 1
    end
    at = at + 1
  end
  return nil
end

-- The address that a header names; nil where it is not plainly one.
local function addressIn(text)
  text = text:gsub("\\r?\\n([ \\t])", "%1")
  if text:find("[\\1-\\8\\10-\\31\\127]") then
    return nil
  end
  local rest, at = "", 1
  while true do
    local special = text:find('["(]', at)
    rest = rest .. text:sub(at, special and special - 1 or -1)
    if not special then
      break
    end
    local quoted = text:sub(special, special) == '"'
    at = after(text, special, quoted and '"' or "(", quoted and '"' or ")")
    if not at then
      return nil
    end
    rest = rest .. (quoted and '"' or " ")
  end
  local inner = rest:match("^[^<>@,;:\\\\%[%]]*<([^<>]*)>%s*$") or rest
  local name, domain = inner:match("^%s*([%w!#$%%&'*+/=?^_\`{|}~.-]+)@([%w.-]+)%s*$")
  return name and (name .. "@" .. domain):lower()
end`;
