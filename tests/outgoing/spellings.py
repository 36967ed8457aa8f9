"""Ways to write a URL that leads to where nobody may be sent."""

# As host of https://HOST/ and all refused when read, before any name is looked up.
_HOSTS = """
0 0.0.0.0 0.0.0.1 0x0 00 127.0.0.1 127.1 127.0.1 127.255.255.254 0x7f.1 0x7f.0.0.1 0X7F.0.0.1 0x7f000001
0177.0.0.1 017700000001 2130706433 127.0.0.1. 127.000.000.001 10.0.0.1 10.255.255.255 172.16.0.1
172.31.255.255 192.168.0.1 192.168.1 169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376
169.254.169.254. 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.1 192.0.0.8 192.0.0.192 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 256.256.256.256 1.2.3.4.5 1.2.3 [::] [::1]
[0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::127.0.0.1] [::7f00:1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a00:1::1] [2001::1]
[2001:0:7f00:1::] [2001:db8::1] [2001:10::1] [2001:20::1] [2620:4f:8000::1] [3fff::1] [5f00::1] [100::1]
[fe80::1] [fe80::1%25eth0] [fe80::1%eth0] [febf::1] [fc00::1] [fd00:ec2::254] [fd20:ce::254] [fec0::1]
[ff02::1] [ff0e::1] [4000::1] [::ffff:0:1] [2606:4700::1111%25lo] [v1.fe80::a] [1.2.3.4] [] localhost
LOCALHOST localhost. localhost.localdomain a.localhost a.localhost. host host.local host.internal
metadata.google.internal printer.lan router.home.arpa a.test a.invalid a.example x.onion
"""
HOSTS = tuple(_HOSTS.split())
# Whole URLs, refused likewise.
URLS = (
    "",
    "/",
    "//push.example.org/",
    "push.example.org",
    "https:push.example.org",
    "https:/push.example.org/",
    "https:///push.example.org/",
    "https://",
    "https://./",
    "https://../",
    "https://a..example.org/",
    "https://-a.example.org/",
    "https://a_b.example.org/",
    "http://push.example.org/",
    "http://8.8.8.8/",
    "ftp://push.example.org/",
    "file:///etc/passwd",
    "gopher://push.example.org:70/_",
    "javascript:alert(1)",
    "data:text/plain,a",
    "unix:///run/docker.sock",
    "HTTPS://127.0.0.1/",
    "https://push.example.org:80/",
    "https://push.example.org:8443/",
    "https://push.example.org:22/",
    "https://push.example.org:0/",
    "https://push.example.org:99999/",
    "https://push.example.org:443x/",
    "https://8.8.8.8:6379/",
    "https://user@push.example.org/",
    "https://user:password@push.example.org/",
    "https://push.example.org@127.0.0.1/",
    "https://127.0.0.1@push.example.org/",
    "https://push.example.org#@127.0.0.1/ ",
    "https://push.example.org\\@127.0.0.1/",
    "https://127.0.0.1\\.push.example.org/",
    "https://push.example.org\t/",
    "https://push.example.org/\r\nHost: inner",
    "https://push.example.org/\n",
    " https://push.example.org/",
    "https://push.example.org/a b",
    "https://push.example.org/\x00",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://ⓛocalhost/",
    "https://püsh.example.org/",
    "https://push.example.org/ä",
    "https://[::1/",
    "https://::1/",
    "https://[push.example.org]/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f.example.org/",
    "https://push.example.org%00.evil.example.org/",
    "https://" + "a" * 64 + ".example.org/",
    "https://" + "a." * 130 + "org/",
    "https://push.example.org/" + "a" * 2000,
)
# Let through: the table does not just refuse everything.
GOOD = {
    "https://push.example.org/a/b?c=d": ("push.example.org", "/a/b?c=d"),
    "https://PUSH.Example.ORG": ("push.example.org", "/"),
    "https://push.example.org:443/x": ("push.example.org", "/x"),
    "https://push.example.org/a#fragment": ("push.example.org", "/a"),
    "https://fcm.googleapis.com/fcm/send/a:b_c-d": ("fcm.googleapis.com", "/fcm/send/a:b_c-d"),
    "https://xn--psh-hoa.example.org/": ("xn--psh-hoa.example.org", "/"),
    "https://8.8.8.8/": ("8.8.8.8", "/"),
    "https://[2606:4700::1111]/": ("2606:4700::1111", "/"),
    "https://1.example.org/": ("1.example.org", "/"),
}
# What a name may turn out to be; every one has to keep the connection from being made.
_ADDRESSES = """
0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.8.8.8 168.63.129.16 169.254.169.254
172.16.0.1 172.31.255.254 192.0.0.8 192.0.2.7 192.31.196.9 192.52.193.4 192.88.99.2 192.168.178.1
192.175.48.6 198.18.3.4 198.51.100.2 203.0.113.200 224.0.0.251 239.1.1.1 240.1.1.1 255.255.255.255 :: ::1
::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1
2001:1::1 2001:2::1 2001:10::1 2001:db8::5 2002:7f00:1::1 2002:808:808::1 2620:4f:8000::1 3fff::1
3fff:fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%1 febf::1 fec0::1 ff02::1 ff0e::1
"""
ADDRESSES = tuple(_ADDRESSES.split())
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "2001:4860:4860::8888",
)
