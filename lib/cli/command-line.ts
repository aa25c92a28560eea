import { Command, InvalidArgumentError, Option } from '../vendor/commander.js'
import { type CheckOptions, check } from './check-command.js'
import { diff } from './diff-command.js'
import { doctor } from './doctor-command.js'
import { type ExportOptions, exportRecording, FORMATS } from './export-command.js'
import { VERSION } from './package-info.js'
import { type ReportOptions, report } from './report-command.js'
import { LEVELS, type RunOptions, run } from './run-command.js'

const INTRODUCTION = `Records who opens native handles, who forgets them, and where.

  holdfast run server.js           records into holdfast-<pid>.hfrec
  holdfast report <file>           makes a page of it`

/**
 * What the command understands.
 *
 * @param setExitCode is told what a command has come to
 */
export function commandLine(setExitCode: (code: number) => void): Command {
  const program = new Command('holdfast')
    .description(INTRODUCTION)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this text, or that of a command')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`holdfast: ${inOneLine(text)}\n`) })
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 found something, 2 wrong use. `run` ends with the code of the program.',
    )
  addRun(program, setExitCode)
  addReport(program, setExitCode)
  addExport(program, setExitCode)
  addDiff(program, setExitCode)
  addCheck(program, setExitCode)
  addDoctor(program, setExitCode)
  addHelp(program)
  return program
}

function inOneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

function addRun(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('run')
    .summary('run a program and record its handles')
    .description(
      'Runs a program and records what it opens, closes and forgets. Options of the runtime go before: node <options> holdfast run …, or into NODE_OPTIONS.',
    )
    .argument('<script>', 'the program')
    .argument('[args...]', 'its arguments: everything after the script')
    .option('-o, --output <file>', 'where to record (default: holdfast-<pid>.hfrec)')
    .addOption(new Option('--level <level>', 'how much to record of each handle').choices(LEVELS).default('full'))
    .option('--no-holders', 'do not find out what holds the handles that are left: saves some seconds at the end')
    .option('--fail-on-leak', 'end with 1 when handles were finalized or left, and the program itself ends with 0')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        'holdfast run server.js --port 8080',
        'holdfast run -o before.hfrec --level sampled server.js',
        'holdfast run --fail-on-leak script.js',
      ),
    )
    .action(async (script: string, args: string[], options: RunOptions) =>
      setExitCode(await run(script, args, options)),
    )
}

function addReport(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('report')
    .summary('make a page of a recording')
    .description(
      'Writes a page of HTML that needs nothing else, and prints where it is and the most important figures.',
    )
    .argument('<file>', 'the recording')
    .option('-o, --output <file>', 'where to write the page (default: <recording>.html)')
    .option('--compare <earlier>', 'show also how it differs from an earlier recording')
    .option('--open', 'open the page in the browser')
    .addHelpText('after', examples('holdfast report holdfast-4711.hfrec --open'))
    .action(async (file: string, options: ReportOptions) => setExitCode(await report(file, options)))
}

function addExport(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('export')
    .summary('write a recording in a format of other tools')
    .description('Writes a recording for the developer tools of Chromium (heapprofile), for pprof or for speedscope.')
    .argument('<file>', 'the recording')
    .addOption(new Option('--format <format>', 'which one').choices(FORMATS).makeOptionMandatory())
    .option('-o, --output <file>', 'where to write it, - for standard output (default: <recording>.<format>)')
    .addHelpText(
      'after',
      examples(
        'holdfast export holdfast-4711.hfrec --format speedscope',
        'holdfast export holdfast-4711.hfrec --format pprof -o - > handles.pb.gz',
      ),
    )
    .action(async (file: string, options: ExportOptions) => setExitCode(await exportRecording(file, options)))
}

function addDiff(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('diff')
    .summary('print what grew from one recording to another')
    .description('Prints by how much handles and bytes of each kind changed, and which sites grew.')
    .argument('<before>', 'a recording')
    .argument('<after>', 'a later one of the same program')
    .addHelpText('after', examples('holdfast diff before.hfrec after.hfrec'))
    .action((before: string, after: string) => setExitCode(diff(before, after)))
}

function addCheck(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('check')
    .summary('fail when a recording is past a limit')
    .description('Ends with 1 when there were more handles than a limit says, and prints where they were opened.')
    .argument('<file>', 'the recording')
    .option('--max-live <count>', 'how many may be left at the end', parseCount)
    .option('--max-finalized <count>', 'how many the collector may have had to release', parseCount)
    .option('--max-peak <count>', 'how many may be open at once', parseCount)
    .addHelpText('after', examples('holdfast check ci.hfrec --max-live 0 --max-finalized 0'))
    .action((file: string, options: CheckOptions) => setExitCode(check(file, options)))
}

function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .summary('say whether the library works here, and with what')
    .description(
      'Prints the runtime, the addon, and the limits that hold here. Ends with 1 when the addon does not load.',
    )
    .action(async () => setExitCode(await doctor()))
}

// The one that comes with the parser answers an unknown name with everything, as an error.
function addHelp(program: Command): void {
  program
    .command('help')
    .summary('print the text of a command')
    .argument('[command]', 'which one')
    .action((name?: string) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name)
      if (command === undefined) program.error(`unknown command '${name}'`)
      else command.help()
    })
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('It must be an integer from 0 on.')
  }
  return count
}
