"""Web servers and load balancers in front of the sandbox: each ends TLS, may demand a client certificate, and passes the
requests on."""

from server import Server, find_file, free_port


class Front(Server):
    """What the configurations of all kinds of servers are made of. The options:

    versions: the TLS versions, 1.2 and 1.3; none for plain HTTP (nginx). ciphers: those of TLS 1.2 (nginx).
    http2: nothing else is spoken (HAProxy).
    clients: a file with the CAs of clients, whose certificates are then demanded. revoked: a file of
    revocation lists. path: certificates are demanded for the paths with this expression only (Apache).
    status: what posts something is refused with the page of this status. limit: bytes that a body may have.
    silent: seconds that it waits for the sandbox."""

    def __init__(self, folder, backend, identity, **options):
        super().__init__(folder, type(self).__name__.lower())
        self.backend, self.identity = backend, identity
        self.versions = options.get("versions", ("1.2", "1.3"))
        self.clients, self.revoked = options.get("clients"), options.get("revoked")
        self.status, self.limit, self.silent = options.get("status"), options.get("limit"), options.get("silent", 20)
        self.path, self.ciphers, self.http2 = (options.get(name) for name in ("path", "ciphers", "http2"))

    @staticmethod
    def when(condition, text):
        return text if condition else ""


class Nginx(Front):
    def configure(self):
        temporary = "".join(
            f"  {name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = f"""
daemon off; master_process off; pid {self.folder}/pid; error_log stderr info;
events {{ }}
http {{
  access_log {self.folder}/access;
{temporary}
  server {{
    listen 127.0.0.1:{self.port} {self.when(self.versions, "ssl")};
    ssl_certificate {self.identity};
    ssl_certificate_key {self.identity};
    {self.when(self.versions, "ssl_protocols " + " ".join("TLSv" + version for version in self.versions) + ";")}
    {self.when(self.ciphers, f"ssl_ciphers {self.ciphers};")}
    {self.when(self.clients, f"ssl_verify_client on; ssl_verify_depth 4; ssl_client_certificate {self.clients};")}
    {self.when(self.revoked, f"ssl_crl {self.revoked};")}
    {self.when(self.limit, f"client_max_body_size {self.limit};")}
    {self.when(self.status, f"if ($request_method = POST) {{ return {self.status}; }}")}
    location / {{
      proxy_pass https://127.0.0.1:{self.backend};
      proxy_ssl_server_name on; proxy_ssl_name $host; proxy_set_header Host $host; proxy_ssl_verify off;
      proxy_read_timeout {self.silent}s;
    }}
  }}
}}
"""
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self.write("nginx.conf", text))]


class Apache(Front):
    modules = ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "rewrite")

    def configure(self):
        # The certificate is asked for in the handshake; or behind it, once the path is known.
        demand = "SSLVerifyClient require"
        if self.path:
            demand = f'<LocationMatch "{self.path}">\n  {demand}\n</LocationMatch>'
        folder = find_file("/usr/lib/apache2/modules")
        load = "".join(f"LoadModule {name}_module {folder}/mod_{name}.so\n" for name in self.modules)
        text = f"""
{load}
ServerRoot {self.folder}
ServerName front
Listen 127.0.0.1:{self.port}
PidFile {self.folder}/pid
ErrorLog /dev/stderr
LogLevel info
Mutex pthread
DefaultRuntimeDir {self.folder}
SSLSessionCache none
SSLEngine on
SSLCertificateFile {self.identity}
SSLProtocol {" ".join("+TLSv" + version.removesuffix(".0") for version in self.versions)}
SSLProxyEngine on
SSLProxyVerify none
SSLProxyCheckPeerName off
ProxyPreserveHost on
ProxyTimeout {self.silent}
{self.when(self.clients, f"SSLCACertificateFile {self.clients}")}
{self.when(self.clients, demand)}
{self.when(self.clients, "SSLVerifyDepth 4")}
{self.when(self.revoked, f"SSLCARevocationFile {self.revoked}")}
{self.when(self.revoked, "SSLCARevocationCheck chain")}
{self.when(self.limit, f"LimitRequestBody {self.limit}")}
RewriteEngine on
{self.when(self.status, f"RewriteCond %{{REQUEST_METHOD}} =POST")}
{self.when(self.status, f"RewriteRule .* - [R={self.status},L]")}
ProxyPass / https://127.0.0.1:{self.backend}/
"""
        return ["apache2", "-X", "-f", str(self.write("apache.conf", text))]


class Haproxy(Front):
    def configure(self):
        tls = [
            f"ssl crt {self.identity} ssl-min-ver TLSv{min(self.versions)} ssl-max-ver TLSv{max(self.versions)}",
            self.when(self.clients, f"ca-file {self.clients} verify required"),
            self.when(self.revoked, f"crl-file {self.revoked}"),
            self.when(self.http2, "alpn h2 proto h2"),
        ]
        text = f"""
global
  log stderr local0
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 20s
  timeout server {self.silent}s
frontend field
  bind 127.0.0.1:{self.port} {" ".join(tls)}
  {self.when(self.status, f"http-request deny deny_status {self.status} if METH_POST")}
  {self.when(self.limit, f"http-request deny deny_status 413 if {{ req.hdr_val(content-length) gt {self.limit} }}")}
  default_backend cloud
backend cloud
  server cloud 127.0.0.1:{self.backend} ssl verify none sni req.hdr(host)
"""
        return ["haproxy", "-db", "-f", str(self.write("haproxy.conf", text))]


class Stunnel(Front):
    """Ends TLS and opens it again behind itself: it knows no HTTP. All its connections are for one host."""

    def __init__(self, folder, backend, identity, host=None, **options):
        super().__init__(folder, backend, identity, **options)
        self.host = host

    def configure(self):
        between = free_port()
        text = f"""
foreground = yes
pid =
[front]
accept = 127.0.0.1:{self.port}
connect = 127.0.0.1:{between}
cert = {self.identity}
sslVersionMin = TLSv{min(self.versions)}
sslVersionMax = TLSv{max(self.versions)}
{self.when(self.clients, f"CAfile = {self.clients}")}
{self.when(self.clients, "verifyChain = yes")}
{self.when(self.revoked, f"CRLfile = {self.revoked}")}
[behind]
client = yes
accept = 127.0.0.1:{between}
connect = 127.0.0.1:{self.backend}
{self.when(self.host, f"sni = {self.host}")}
"""
        return ["stunnel4", str(self.write("stunnel.conf", text))]


FRONTS = {"nginx": Nginx, "apache": Apache, "haproxy": Haproxy, "stunnel": Stunnel}


class HaproxyPassing(Front):
    """Passes bytes on: TLS is the sandbox's. address: where it listens, on port 443, in place of a port of its own."""

    def __init__(self, folder, backend, identity, address=None):
        super().__init__(folder, backend, identity)
        if address:
            self.address, self.port = address, 443

    def configure(self):
        text = f"""
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend field
  bind {self.address}:{self.port}
  default_backend cloud
backend cloud
  server cloud 127.0.0.1:{self.backend}
"""
        return ["haproxy", "-db", "-f", str(self.write("haproxy.conf", text))]


class StunnelPassing(Front):
    """A tunnel of two stunnels: the sandbox's TLS inside their own."""

    def configure(self):
        between = free_port()
        text = f"""
foreground = yes
pid =
[near]
client = yes
accept = 127.0.0.1:{self.port}
connect = 127.0.0.1:{between}
[far]
accept = 127.0.0.1:{between}
connect = 127.0.0.1:{self.backend}
cert = {self.identity}
"""
        return ["stunnel4", str(self.write("stunnel.conf", text))]


PASSING = {"haproxy": HaproxyPassing, "stunnel": StunnelPassing}
