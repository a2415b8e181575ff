#include "ctl/console/terminal.h"

#include "ctl/console/complete.h"
#include "ctl/console/console.h"
#include "ctl/console/editor.h"
#include "ctl/console/input.h"

#include <langinfo.h>
#include <locale.h>

void terminal_open(struct console *console)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    input_catch_interrupts();
    if (isatty(STDOUT_FILENO))
        console->editor = editor_new(complete_line, console);
}
