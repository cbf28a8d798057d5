import { describe, expect, test } from "vitest";
import { noOpenRelay } from "../../../policy/rules/relay";
import { said, serverResources } from "./fixtures";

/** What the rule says of a server with such additions. */
const added = (mainCf: Record<string, string>, ...masterCf: string[]) =>
  said(noOpenRelay, serverResources({ postfix: { mainCf, masterCf } }));

const restrictions = "smtpd_relay_restrictions";

describe("a list of restrictions", () => {
  test.each([
    ["permit_mynetworks", "let it end in reject_unauth_destination or reject"],
    ["permit_mynetworks, warn_if_reject reject_unauth_destination", "let it end in"],
    ["permit_mynetworks WARN_IF_REJECT reject", "let it end in"],
    ["check_client_access static:OK, reject_unauth_destination", "check_client_access may let anybody through"],
    ["check_client_access reject, check_sender_access hash:/x reject", "check_client_access may"],
    ["hash:/etc/postfix/access, reject_unauth_destination", "hash:/etc/postfix/access may"],
    ["check_policy_service { unix:a, timeout=1s }, reject", "check_policy_service may"],
    ["warn_if_reject check_recipient_access hash:/x, reject", "check_recipient_access may"],
    ["check_client_access inline:{192.0.2.1=reject, 192.0.2.2=OK}, reject", "check_client_access may"],
    ["check_recipient_access inline:{a@example.net=FILTER}, reject", "check_recipient_access may"],
    ["permit_mx_backup, reject_unauth_destination", "permit_mx_backup may"],
    ["permit_tls_all_clientcerts, reject_unauth_destination", "permit_tls_all_clientcerts may"],
    ["PERMIT, reject_unauth_destination", "permit may"],
    [`\${smtpd_sasl_auth_enable?permit}, reject`, "?permit} may let anybody through"],
    ["$smtpd_helo_restrictions $smtpd_recipient_restrictions reject", "check_policy_service may"],
  ])("a list of restrictions that may let strangers through is found: %s", (list, complaint) => {
    const [only, ...more] = added({ [restrictions]: list });
    expect(only).toContain(`main.cf: ${restrictions} = `);
    expect(only).toContain("lets strangers send to strangers");
    expect(only).toContain(complaint);
    expect(more).toEqual([]);
  });

  test.each([
    "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
    "permit_mynetworks reject_rbl_client zen.spamhaus.org=127.0.0.[2..11] reject_unauth_destination",
    "reject_rhsbl_sender permit, permit_dnswl_client list.dnswl.org, reject_unauth_destination",
    "permit_tls_clientcerts, permit_auth_destination, check_sasl_access hash:/x, reject",
    "check_client_ns_access hash:/x, check_reverse_client_hostname_access regexp:/x, sleep 1, reject",
    "Permit_Mynetworks, Reject_Unauth_Destination",
    "warn_if_reject reject_unknown_client_hostname, reject_unauth_destination, permit",
    "check_client_access inline:{{192.0.2.1 = REJECT go away}, 192.0.2.2=dunno}, reject_unauth_destination",
    "permit_mynetworks, reject_unauth_destination, check_client_access static:OK, check_policy_service unix:a",
  ])("a list of restrictions that lets none through is left alone: %s", (list) => {
    expect(added({ [restrictions]: list })).toEqual([]);
  });

  test("a list of restrictions is as good as the classes and parameters that it names", () => {
    const named = (list: string) => ({
      [restrictions]: list,
      smtpd_restriction_classes: "ours, round",
      ours: "permit_mynetworks, $ending",
      ending: "reject_unauth_destination",
      round: "round, permit_mynetworks",
    });
    expect(added(named("ours"))).toEqual([]);
    expect(added(named("warn_if_reject ours"))).toEqual([expect.stringContaining("let it end in")]);
    expect(added({ ...named("ours, reject"), ours: "permit_mx_backup" })).toEqual([
      expect.stringContaining("permit_mx_backup may"),
    ]);
    expect(added(named("ours, round"))).toEqual([]);
    expect(added(named("round, $(ending)"))).toEqual([expect.stringContaining("round may let anybody through")]);
  });

  test("a list of restrictions may leave it to the list of recipients, as before Postfix 2.10", () => {
    const old = "permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/policyd-spf";
    expect(added({ [restrictions]: "", smtpd_recipient_restrictions: old })).toEqual([]);
    expect(added({ [restrictions]: "", smtpd_recipient_restrictions: "permit_mynetworks, permit" })).toEqual([
      expect.stringContaining(`main.cf: ${restrictions} = (none) lets strangers`),
    ]);
  });
});

/** A service has what main.cf says and it does not override; Debian's own master.cf has such services to copy. */
describe("a service of master.cf", () => {
  const service = "2525 inet n - y - - smtpd";

  test.each([
    [{}, "-o smtpd_relay_restrictions= -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject"],
    [{ mua_relay: "permit_sasl_authenticated, reject" }, "-o smtpd_relay_restrictions=$mua_relay"],
    [{}, "-o smtpd_recipient_restrictions=permit"],
    [{}, "-o mynetworks=127.0.0.1,[::1]"],
  ])("a service of master.cf with %j in main.cf and %s is no open relay", (mainCf, options) => {
    expect(added(mainCf, `${service} ${options}`)).toEqual([]);
  });

  test.each([
    [{}, "-o smtpd_relay_restrictions= -o smtpd_recipient_restrictions=permit_sasl_authenticated", "(none) lets"],
    [{ mua_relay: "permit" }, "-o smtpd_relay_restrictions=$mua_relay", "= permit lets"],
    [
      { [restrictions]: "", smtpd_recipient_restrictions: "permit_mynetworks, reject_unauth_destination" },
      "-o smtpd_recipient_restrictions=permit_mynetworks",
      "(none) lets",
    ],
    [{}, "-o relay_domains=static:all", "relay_domains = static:all may match everything"],
  ])("a service of master.cf with %j in main.cf and %s is found", (mainCf, options, complaint) => {
    expect(added(mainCf, `${service} ${options}`)).toEqual([expect.stringContaining(complaint)]);
    expect(added(mainCf, `${service} ${options}`)).toEqual([expect.stringContaining("master.cf, 2525: ")]);
  });

  test("a service of master.cf repeats nothing of what is wrong in main.cf", () => {
    expect(added({ mynetworks: "10.0.0.0/8" }, service)).toEqual([
      expect.stringContaining("main.cf: mynetworks trusts 10.0.0.0/8 without a login"),
    ]);
  });
});

describe("trust without a login", () => {
  test.each([
    ["mynetworks", "127.0.0.0/8 192.0.2.0/24", "192.0.2.0/24"],
    ["mynetworks", "127.0.0.0/7, [::]/0", "127.0.0.0/7, [::]/0"],
    ["mynetworks", "127.example.org", "127.example.org"],
    ["mynetworks", "cidr:/etc/postfix/networks", "cidr:/etc/postfix/networks"],
    ["mynetworks", "$office", "203.0.113.9"],
    ["smtpd_authorized_xclient_hosts", "203.0.113.9", "203.0.113.9"],
    ["qmqpd_authorized_clients", "0.0.0.0/0", "0.0.0.0/0"],
  ])("trust without a login by %s = %s is found", (name, value, trusted) => {
    expect(added({ [name]: value, office: "203.0.113.9" })).toEqual([
      expect.stringContaining(`main.cf: ${name} trusts ${trusted} without a login`),
    ]);
  });

  test.each(["127.0.0.1 [::1]", "!203.0.113.9 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128", "", "$inet"])(
    "trust without a login is not what mynetworks = %s gives",
    (mynetworks) => {
      expect(added({ mynetworks, inet: "127.0.0.0/8" })).toEqual([]);
    },
  );

  test.each([
    ["relay_domains", "example.net, static:ALL"],
    ["relay_domains", "pcre:{{/./ OK}}"],
    ["relay_clientcerts", "static:all"],
    ["mydestination", "$myhostname, regexp:/etc/postfix/domains"],
    ["virtual_alias_domains", "proxy:pcre:/etc/postfix/domains"],
    ["virtual_mailbox_domains", "unionmap:{static:all,hash:/etc/postfix/tables/domains}"],
  ])("trust without a login is what a table that matches everything gives: %s = %s", (name, value) => {
    expect(added({ [name]: value })).toEqual([expect.stringContaining("may match everything; write the names")]);
  });

  test.each([
    ["relay_domains", "example.net, $mydomain, hash:/etc/postfix/relay"],
    ["virtual_mailbox_domains", "hash:/etc/postfix/tables/domains, proxy:mysql:/etc/postfix/domains.cf"],
    ["mydestination", "static.example.org, localhost"],
  ])("trust without a login is not what names and lists of names give: %s = %s", (name, value) => {
    expect(added({ [name]: value })).toEqual([]);
  });
});

/** What a load balancer says before the client's first word is believed of everybody who says it. */
describe("a service that believes what stands before the client's words", () => {
  test.each([
    ["2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=haproxy", "smtpd"],
    ["198.51.100.7:2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=haproxy", "smtpd"],
    ["2525 inet n - y - - ../sbin/smtpd -o smtpd_upstream_proxy_protocol=haproxy", "smtpd"],
    ["smtp inet n - y - 1 postscreen -o postscreen_upstream_proxy_protocol=haproxy", "postscreen"],
  ])(
    "a service that believes what stands before the client's words is found where the world reaches it: %s",
    (service, program) => {
      const [name] = service.split(" ");
      expect(added({}, service)).toEqual([
        expect.stringContaining(
          `master.cf, ${name}: ${program}_upstream_proxy_protocol = haproxy lets everybody who connects say from which`,
        ),
      ]);
    },
  );

  test("a service that believes what stands before the client's words is found where main.cf says so, once", () => {
    const mainCf = { smtpd_upstream_proxy_protocol: "haproxy", postscreen_upstream_proxy_protocol: "haproxy" };
    expect(added(mainCf)).toEqual([
      expect.stringContaining("main.cf: smtpd_upstream_proxy_protocol = haproxy"),
      expect.stringContaining("main.cf: postscreen_upstream_proxy_protocol = haproxy"),
    ]);
  });

  test.each([
    "127.0.0.1:2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=haproxy",
    "[::1]:2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=haproxy",
    "localhost:2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=haproxy",
    "2525 inet n - y - - smtpd -o smtpd_upstream_proxy_protocol=",
  ])(
    "a service that believes what stands before the client's words is left alone where a proxy of the machine itself reaches it, or where there is none: %s",
    (service) => {
      expect(added({}, service)).toEqual([]);
    },
  );
});

describe("a service that takes mail by QMQP", () => {
  test("a service that takes mail by QMQP asks for no login, and so is for the machine itself only", () => {
    expect(added({}, "628 inet n - n - - qmqpd -o qmqpd_authorized_clients=127.0.0.1,192.0.2.0/24")).toEqual([
      expect.stringContaining("master.cf, 628: qmqpd_authorized_clients trusts 192.0.2.0/24 without a login"),
    ]);
    expect(added({}, "628 inet n - n - - qmqpd -o qmqpd_authorized_clients=127.0.0.1")).toEqual([]);
    expect(added({}, "628 inet n - n - - qmqpd")).toEqual([]);
  });
});

describe("addresses of the server's own that lead elsewhere", () => {
  test.each<[Record<string, string>, string]>([
    [{ allow_untrusted_routing: "yes" }, "allow_untrusted_routing = yes sends on what strangers address"],
    [{ virtual_alias_maps: "pcre:{{/^(.+)=(.+)@example.org$/ $$1@$$2}}" }, "virtual_alias_maps lets the sender choose"],
    [
      { recipient_canonical_maps: "regexp:{ {/^to-(.*)-at-(.*)@/ $${1}@$${2}} }" },
      "recipient_canonical_maps lets the sender choose the domain",
    ],
    [{ relay_domains: "example.net, com" }, "relay_domains takes mail for everybody below com;"],
    [{ relay_domains: ".co.uk" }, "relay_domains takes mail for everybody below co.uk;"],
  ])("addresses of the server's own that lead where the sender chooses are found (%#)", (mainCf, complaint) => {
    expect(added(mainCf)).toEqual([expect.stringContaining(complaint)]);
  });

  test.each<Record<string, string>>([
    { virtual_alias_maps: "pcre:{{/^(.+)@old.example.org$/ $$1@example.org}}" },
    { recipient_canonical_maps: "regexp:{ {/./ anna@example.org} }" },
    { relay_domains: "example.net, .example.com, mail.lan, localhost, !com.example" },
    { allow_untrusted_routing: "no", allow_percent_hack: "yes" },
  ])("addresses of the server's own that lead where the server chooses are left alone (%#)", (mainCf) => {
    expect(added(mainCf)).toEqual([]);
  });
});

test("networks are the machine itself where nobody names them, unless Postfix is told to look around", () => {
  const without = (conf: string) =>
    said(
      noOpenRelay,
      serverResources().map((each) =>
        each.name.endsWith("/main.cf")
          ? {
              ...each,
              inputs: { content: `${String(each.inputs.content).replace(/^mynetworks = .*$/m, "")}\n${conf}` },
            }
          : each,
      ),
    );
  expect(without("")).toEqual([]);
  expect(without("mynetworks_style = host")).toEqual([]);
  expect(without("mynetworks_style = Subnet")).toEqual([
    expect.stringContaining("main.cf: mynetworks_style = Subnet trusts the machine's neighbours"),
  ]);
  expect(added({ mynetworks_style: "class" })).toEqual([]);
});
