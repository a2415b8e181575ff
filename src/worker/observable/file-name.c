#include "worker/observable/file-name.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by strcmp(). */
static const char *const extensions[] = { "7z", "a", "ace", "apk", "arj", "asp", "aspx", "avi", "bak", "bat",
    "bin", "bmp", "bz2", "c", "cfg", "cfm", "cgi", "chm", "class", "cmd", "conf", "config", "cpl", "cpp",
    "crt", "crx", "cs", "css", "csv", "dat", "db", "deb", "dex", "dll", "dmg", "dmp", "doc", "docm", "docx",
    "dot", "dotm", "drv", "elf", "eml", "eps", "evtx", "exe", "flv", "gif", "go", "gz", "gzip", "h", "hpp",
    "hta", "htm", "html", "ico", "img", "inf", "ini", "ipa", "iqy", "iso", "jar", "jpeg", "jpg", "js", "jse",
    "json", "jsp", "jspx", "key", "ko", "lnk", "log", "lua", "lz", "lzh", "mht", "mkv", "mp3", "mp4", "mpeg",
    "mpg", "msg", "msi", "msp", "o", "ocx", "odp", "ods", "odt", "ole", "one", "ova", "p12", "pcap", "pcapng",
    "pdb", "pdf", "pem", "pfx", "php", "pif", "pkg", "plist", "png", "pot", "potm", "pps", "ppsx", "ppt",
    "pptm", "pptx", "ps1", "psd", "psm1", "pst", "pub", "pyc", "pyd", "pyo", "rar", "rb", "reg", "rpm", "rtf",
    "scr", "sct", "svg", "swf", "swp", "sys", "tar", "tbz", "tgz", "tif", "tiff", "tmp", "toml", "ts", "txt",
    "txz", "vb", "vbe", "vbs", "vhd", "vhdx", "vmdk", "wasm", "wav", "wim", "wmf", "wmv", "ws", "wsf", "wsh",
    "xll", "xls", "xlsb", "xlsm", "xlsx", "xml", "xsl", "xz", "yaml", "yar", "yara", "yml", "z", "zst" };

static int compare(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

bool file_extension_is_known(const char *extension)
{
    return bsearch(
        extension, extensions, sizeof(extensions) / sizeof(extensions[0]), sizeof(extensions[0]), compare);
}

bool file_extension_is_domain(const char *extension)
{
    static const char *const both[] = { "zip", "mov", "md", "sh", "py", "pl", "rs", "pm", "ps", "so", "cab",
        "java" };

    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
        if (strcmp(both[i], extension) == 0)
            return true;
    return false;
}
