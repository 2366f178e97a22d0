/* What VBA does with xlwings' DLL, for 32 and 64 bits: load it, have it start Python, call a worksheet function.

       vba_host.exe DLL COMMAND STEP ...

   $(OWN) in the command is this process's own class. Steps: "activate" (first under the own class, as the VBA does); "warm"
   (Python is started under the own class alone); "found" (waits until that is there); "end" (the Python that the DLL has started ends by ExitProcess); "call NAME ARGUMENT ..." up to ";". An argument is s:TEXT, n:NUMBER, e (left out), x:NUMBER (an
   error of Excel), c:ROWS:TEXT|TEXT (a column of cells, the texts by turns, an empty one an empty cell).
   Prints a line a step, UTF-8: its result code, seconds, and the answer. */
#define COBJMACROS
#include <windows.h>
#include <oleauto.h>
#include <tlhelp32.h>
#include <stdio.h>
#include <wchar.h>

typedef HRESULT(__stdcall *Activate)(VARIANT *, const char *, int);
static Activate activate;
static char command[8192], own[64];
static IDispatch *server;

static double now(void) {
    LARGE_INTEGER frequency, ticks;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&ticks);
    return (double)ticks.QuadPart / frequency.QuadPart;
}

static void put(const wchar_t *text, int length) {
    char bytes[8192];
    int count = WideCharToMultiByte(CP_UTF8, 0, text, length, bytes, sizeof bytes - 1, NULL, NULL);
    bytes[count > 0 ? count : 0] = 0;
    fputs(bytes, stdout);
}

static void show(VARIANT *value) {
    if (V_VT(value) & VT_ARRAY) {
        SAFEARRAY *array = V_ARRAY(value);
        LONG low, high, left = 0, right = 0, index[2];
        UINT dimensions = SafeArrayGetDim(array);
        SafeArrayGetLBound(array, 1, &low);
        SafeArrayGetUBound(array, 1, &high);
        if (dimensions == 2) {
            SafeArrayGetLBound(array, 2, &left);
            SafeArrayGetUBound(array, 2, &right);
        }
        printf("%ldx%ld", high - low + 1, right - left + 1);
        for (index[0] = low; index[0] <= high && index[0] < low + 6; index[0]++) {
            VARIANT cell;
            index[1] = left;
            VariantInit(&cell);
            SafeArrayGetElement(array, index, &cell);
            putchar(' ');
            show(&cell);
            VariantClear(&cell);
        }
        return;
    }
    switch (V_VT(value)) {
    case VT_EMPTY: printf("empty"); break;
    case VT_I4: printf("%ld", V_I4(value)); break;
    case VT_R8: printf("%.15g", V_R8(value)); break;
    case VT_BSTR: putchar('"'); put(V_BSTR(value), SysStringLen(V_BSTR(value))); putchar('"'); break;
    case VT_DISPATCH: printf("object"); break;
    default: printf("type %d", V_VT(value));
    }
}

static VARIANT text(const wchar_t *given, int length) {
    VARIANT value;
    VariantInit(&value);
    if (length) {
        V_VT(&value) = VT_BSTR;
        V_BSTR(&value) = SysAllocStringLen(given, length);
    }
    return value;
}

static VARIANT argument(wchar_t *given) {
    VARIANT value;
    VariantInit(&value);
    if (given[0] == 's') return text(given + 2, (int)wcslen(given + 2));
    if (given[0] == 'n') {
        V_VT(&value) = VT_R8;
        V_R8(&value) = _wtof(given + 2);
    } else if (given[0] == 'x') {
        V_VT(&value) = VT_ERROR;
        V_ERROR(&value) = 0x800A0000 | _wtol(given + 2);
    } else if (given[0] == 'c') {
        wchar_t *texts = wcschr(given + 2, ':') + 1, *at = texts;
        LONG rows = _wtol(given + 2);
        SAFEARRAYBOUND bounds[2] = {{rows, 1}, {1, 1}};
        VARIANT *cells;
        V_VT(&value) = VT_ARRAY | VT_VARIANT;
        V_ARRAY(&value) = SafeArrayCreate(VT_VARIANT, 2, bounds);
        SafeArrayAccessData(V_ARRAY(&value), (void **)&cells);
        for (LONG row = 0; row < rows; row++) {
            int length = (int)wcscspn(at, L"|");
            cells[row] = text(at, length);
            at = at[length] ? at + length + 1 : texts;
        }
        SafeArrayUnaccessData(V_ARRAY(&value));
    }
    return value;
}

static void replace(char *text, const char *old, const char *by) {
    char *at = strstr(text, old), rest[8192];
    if (!at) return;
    strcpy(rest, at + strlen(old));
    sprintf(at, "%s%s", by, rest);
}

static void step_warm(void) {
    char alone[8192];
    STARTUPINFOA how = {sizeof how};
    PROCESS_INFORMATION started;
    double start = now();
    strcpy(alone, command);
    replace(alone, "$(CLSID) ", "");
    BOOL done = CreateProcessA(NULL, alone, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &how, &started);
    printf("warm %d %.3f\n", done, now() - start);
}

static void step_found(void) {
    VARIANT result;
    double start = now();
    VariantInit(&result);
    HRESULT code = activate(&result, own, 1);
    for (int n = 0; code != S_OK && n < 6000; n++) {
        VariantClear(&result);
        Sleep(100);
        code = activate(&result, own, 1);
    }
    printf("found %08lx %.2f\n", (unsigned long)code, now() - start);
}

static void step_activate(void) {
    VARIANT result;
    double start = now();
    VariantInit(&result);
    HRESULT code = activate(&result, own, 1);
    if (code != S_OK) {
        VariantClear(&result);
        code = activate(&result, command, 1);
    }
    printf("activate %08lx %.2f ", (unsigned long)code, now() - start);
    show(&result);
    putchar('\n');
    if (code == S_OK && V_VT(&result) == VT_DISPATCH) server = V_DISPATCH(&result);
}

static void step_end(void) {
    PROCESSENTRY32W each = {sizeof each};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    int ended = 0;
    for (BOOL more = Process32FirstW(all, &each); more; more = Process32NextW(all, &each)) {
        if (each.th32ParentProcessID != GetCurrentProcessId()) continue;
        HANDLE child = OpenProcess(PROCESS_ALL_ACCESS, FALSE, each.th32ProcessID);
        LPTHREAD_START_ROUTINE end = (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(GetModuleHandleW(L"kernel32"), "ExitProcess");
        if (CreateRemoteThread(child, NULL, 0, end, (void *)3, 0, NULL) && !WaitForSingleObject(child, 60000)) ended++;
        CloseHandle(child);
    }
    CloseHandle(all);
    printf("end %d\n", ended);
}

static int step_call(int count, wchar_t **words) {
    VARIANT reversed[3], result;
    EXCEPINFO raised;
    UINT bad;
    DISPID member;
    LPOLESTR name = L"CallUDF";
    int given = 1;
    while (given < count && wcscmp(words[given], L";")) given++;
    SAFEARRAY *arguments = SafeArrayCreateVector(VT_VARIANT, 0, given - 1);
    for (LONG at = 0; at < given - 1; at++) {
        VARIANT value = argument(words[at + 1]);
        SafeArrayPutElement(arguments, &at, &value);
        VariantClear(&value);
    }
    VariantInit(&result);
    memset(&raised, 0, sizeof raised);
    V_VT(&reversed[0]) = VT_ARRAY | VT_VARIANT;
    V_ARRAY(&reversed[0]) = arguments;
    reversed[1] = text(words[0], (int)wcslen(words[0]));
    reversed[2] = text(L"addin.functions", 15);
    DISPPARAMS parameters = {reversed, NULL, 3, 0};
    double start = now();
    HRESULT code = IDispatch_GetIDsOfNames(server, &IID_NULL, &name, 1, 0, &member);
    if (SUCCEEDED(code))
        code = IDispatch_Invoke(server, member, &IID_NULL, 0, DISPATCH_METHOD, &parameters, &result, &raised, &bad);
    put(words[0], -1);
    printf(" %08lx %.3f ", (unsigned long)code, now() - start);
    if (SUCCEEDED(code)) show(&result);
    putchar('\n');
    VariantClear(&result);
    return given;
}

int wmain(int count, wchar_t **words) {
    char path[2048];
    setvbuf(stdout, NULL, _IONBF, 0);
    OleInitialize(NULL);
    /* VBA hands both over in the ANSI code page */
    WideCharToMultiByte(CP_ACP, 0, words[1], -1, path, sizeof path, NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, words[2], -1, command, sizeof command, NULL, NULL);
    sprintf(own, "{4C784C69-616E-4758-8961-0000%08lX}", GetCurrentProcessId());
    replace(command, "$(OWN)", own);
    HMODULE library = LoadLibraryA(path);
    printf("load %lu %d bits, code page %u\n", library ? 0 : GetLastError(), (int)sizeof(void *) * 8, GetACP());
    if (!library) return 1;
    activate = (Activate)(void *)GetProcAddress(library, "XLPyDLLActivateAuto");
    for (int at = 3; at < count; at++) {
        if (!wcscmp(words[at], L"activate")) step_activate();
        else if (!wcscmp(words[at], L"warm")) step_warm();
        else if (!wcscmp(words[at], L"found")) step_found();
        else if (!wcscmp(words[at], L"end")) step_end();
        else if (!wcscmp(words[at], L"call")) at += 1 + step_call(count - at - 1, words + at + 1);
    }
    return 0;
}
