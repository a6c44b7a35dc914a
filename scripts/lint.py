"""Runs slang or Yosys 0.70 from their Python packages (scripts/requirements-lint.txt), for scripts/lint.

lint.py slang FILE...     silent when slang has nothing to say; each finding is an error
lint.py yosys SCRIPT      runs the commands, prints Yosys' log
"""

import sys

# slang's own default warnings, and these. Changes of signedness at equal width are left out: they lose no
# bit, and Verilog-2005 can only silence them with `$signed` around every operand.
SLANG_WARNINGS = ["-Wextra", "-Wpedantic", "-Wconversion", "-Wno-sign-conversion", "-Werror"]


def slang(arguments):
    from pyslang import driver

    front = driver.Driver()
    front.addStandardArgs()
    line = " ".join(["slang", *SLANG_WARNINGS, *arguments])
    if not (front.parseCommandLine(line) and front.processOptions() and front.parseAllSources()):
        return False
    compilation = front.createCompilation()
    front.reportCompilation(compilation, True)
    front.runAnalysis(compilation)
    return front.reportDiagnostics(True)


def yosys(script):
    from pyosys import libyosys

    libyosys.run_pass(script, libyosys.Design())
    return True


def main():
    match sys.argv[1:]:
        case ["slang", *files]:
            return slang(files)
        case ["yosys", script]:
            return yosys(script)
    print(__doc__, file=sys.stderr)
    return False


sys.exit(0 if main() else 1)
