import { testQuotedExamples } from '../support/quoted-examples.js'

testQuotedExamples('base-classes', 'choosing-a-base-class.md', {
  '01-simple': ['2'],
  '02-finalizable': ['10 1', '0'],
  '03-disposable': ['21 1', 'true 0', '21 1'],
  '04-both': ['false 0', 'true 1', 'false 0'],
  '05-safe-handle': ['4 2', '0'],
  '06-async-disposable': ['"begin\\nend\\n"'],
  '07-resurrection': ['false', 'true', 'false'],
})
