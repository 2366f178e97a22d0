// HyperFormula as a process: one JSON request a line on standard input, one JSON answer a line.
//   {"sheets": {name: rows}}                  builds a book; a text that begins with "=" is a formula
//   {"set": [sheet, row, column, value]}      types into a cell; answers how many cells changed
//   {"call": [method, ...arguments]}          any other method, such as moveCells, addRows, removeRows
//   {"values": [sheet, [top, left, bottom, right]]}  an area's values, all 0-based; an error as {"error": text}
// The licence key is for open source; the tests alone use it.
const readline = require("readline");
const { HyperFormula } = require("hyperformula");

const options = { licenseKey: "gpl-v3", useColumnIndex: false, maxRows: 60000 };
let book = null;

function plain(value) {
  if (value !== null && typeof value === "object") return { error: value.value };
  return value;
}

function answer(request) {
  if (request.sheets) {
    book = HyperFormula.buildFromSheets(request.sheets, options);
    return true;
  }
  if (request.set) {
    const [sheet, row, col, value] = request.set;
    return book.setCellContents({ sheet: book.getSheetId(sheet), row, col }, [[value]]).length;
  }
  if (request.values) {
    const [sheet, [top, left, bottom, right]] = request.values;
    const id = book.getSheetId(sheet);
    const range = { start: { sheet: id, row: top, col: left }, end: { sheet: id, row: bottom, col: right } };
    return book.getRangeValues(range).map((row) => row.map(plain));
  }
  const [method, ...given] = request.call;
  const result = book[method](...given);
  return Array.isArray(result) ? result.length : true;
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let reply;
  try {
    reply = { result: answer(JSON.parse(line)) };
  } catch (error) {
    reply = { failed: String(error) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
});
