"""squid as proxy: without and with authentication, and one that intercepts TLS."""

import os
import shutil
import tempfile
from pathlib import Path

import certificates
from server import Server, environment, find_file
from support import programs
from way import HOSTS

USER, PASSWORD = "appliance", "s3cret"


class Squid(Server):
    """auth: what it asks for, one of AUTH; deny: it refuses every request; bump: it intercepts TLS with a CA of its own,
    whose certificate is bump_ca, and finds the hosts of the cloud at this address."""

    AUTH = ("basic", "digest", "negotiate", "ntlm")

    def __init__(self, folder, auth=None, deny=False, bump=None):
        super().__init__(folder, "squid")
        self.auth, self.deny, self.bump = auth, deny, bump
        self.url = f"http://127.0.0.1:{self.port}"
        if bump:
            self.bump_ca, self.bump_key = certificates.foreign_ca(self.folder, "Inspecting Proxy")
        # squid does not run as root, and its user may not walk into the folders of a test.
        if os.geteuid() == 0:
            self.prefix = ("setpriv", "--reuid=proxy", "--regid=proxy", "--clear-groups")
            self.folder = Path(tempfile.mkdtemp(prefix="field-squid-"))
            self.log_file = self.folder / "log"

    def helper(self, name):
        return find_file(f"/usr/lib/squid/{name}")

    def authentication(self):
        """Returns the configuration lines of the authentication."""
        if not self.auth:
            return ""
        if self.auth == "basic":
            hashed = certificates.openssl("passwd", "-apr1", PASSWORD).strip()
            program = f"{self.helper('basic_ncsa_auth')} {self.write('users', f'{USER}:{hashed}') }"
        elif self.auth == "digest":
            program = f"{self.helper('digest_file_auth')} {self.write('users', f'{USER}:{PASSWORD}')}"
        elif self.auth == "negotiate":
            program = f"{self.helper('negotiate_kerberos_auth')} -s HTTP/proxy"
        else:
            program = str(self.helper("ntlm_fake_auth"))
        realm = f"auth_param {self.auth} realm proxy" if self.auth in ("basic", "digest") else ""
        return f"""
auth_param {self.auth} program {program}
auth_param {self.auth} children 1 startup=1
{realm}
acl known proxy_auth REQUIRED
http_access deny !known
"""

    def interception(self):
        if not self.bump:
            return f"http_port 127.0.0.1:{self.port}\n"
        made = self.folder / "made"
        helper = self.helper("security_file_certgen")
        result = programs.run(helper, "-c", "-s", made, "-M", "4MB", env=environment())
        assert result.returncode == 0, result.stderr
        both = self.write("bump.pem", self.bump_ca.read_text() + self.bump_key.read_text())
        return f"""
http_port 127.0.0.1:{self.port} ssl-bump cert={both} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program {helper} -s {made} -M 4MB
sslcrtd_children 1 startup=1
acl step1 at_step SslBump1
ssl_bump peek step1
ssl_bump bump all
hosts_file {self.write("hosts", "".join(f"{self.bump} {host}" + chr(10) for host in HOSTS.values()))}
tls_outgoing_options flags=DONT_VERIFY_PEER
sslproxy_cert_error allow all
"""

    def configure(self):
        text = f"""
{self.interception()}
{self.authentication()}
http_access {"deny" if self.deny else "allow"} all
cache deny all
cache_log {self.log_file}
access_log stdio:{self.folder}/access
pid_filename none
coredump_dir {self.folder}
netdb_filename none
mime_table {find_file("/usr/share/squid/mime.conf")}
icon_directory {find_file("/usr/share/squid/icons")}
error_directory {find_file("/usr/share/squid/errors/templates")}
err_page_stylesheet none
unlinkd_program {self.helper("unlinkd")}
logfile_daemon {self.helper("log_file_daemon")}
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname proxy
"""
        path = self.write("squid.conf", text)
        if os.geteuid() == 0:
            self.log_file.touch()
            programs.run("chown", "proxy:proxy", self.folder, *self.folder.rglob("*"))
        return ["squid", "-N", "-n", f"field{self.port}", "-f", str(path)]

    def __exit__(self, *failure):
        super().__exit__(*failure)
        if os.geteuid() == 0:
            shutil.rmtree(self.folder)

    def access(self):
        path = self.folder / "access"
        return path.read_text() if path.exists() else ""


